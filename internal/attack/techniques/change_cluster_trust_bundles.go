package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/feature"
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeClusterTrustBundles is to change the roots that pods trust.
func ChangeClusterTrustBundles() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-cluster-trust-bundles", Title: "Change ClusterTrustBundles", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale:   "Pods take the roots of trust that they mount from ClusterTrustBundles: with a certificate of their own among them the attacker answers as any server that these pods ask. A bundle that names no signer asks for no further right.",
			Remediation: "Give rights on ClusterTrustBundles only to the program that distributes the roots, limited to names.",
			References: []model.Reference{
				model.MITRE("T1553.004"), model.MITRE("T1557"), model.Docs("reference/access-authn-authz/certificate-signing-requests/#cluster-trust-bundles"), {Catalogue: "KEP", ID: "3257"},
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "update|patch", Group: "certificates.k8s.io", Resource: "clustertrustbundles", ClusterWide: true},
		},
		Yields: []attack.Yield{attack.Integrity},
		When:   attack.Applicability{Gate: feature.ClusterTrustBundle},
		Ground: func(c *attack.Case) {
			onEach(c, 0, attack.Integrity, "certificates.k8s.io", "ClusterTrustBundle", "the bundle names no signer, and pods mount it")
		},
	}
}
