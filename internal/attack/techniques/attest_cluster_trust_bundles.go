package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/feature"
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// AttestClusterTrustBundles is to add roots of trust for a signer.
func AttestClusterTrustBundles() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "attest-cluster-trust-bundles", Title: "Attest ClusterTrustBundles of a signer", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale:   "Pods that mount the roots of a signer take them from all its ClusterTrustBundles. Whoever may write one and attest for the signer adds a root of their own, and answers as any server that these pods ask.",
			Remediation: "Give attest only to the signer itself, limited to its name.",
			References: []model.Reference{
				model.MITRE("T1553.004"), model.MITRE("T1557"), model.Docs("reference/access-authn-authz/certificate-signing-requests/#cluster-trust-bundles"), {Catalogue: "KEP", ID: "3257"},
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "create|update|patch", Group: "certificates.k8s.io", Resource: "clustertrustbundles", ClusterWide: true},
			{Verbs: "attest", Group: "certificates.k8s.io", Resource: "signers", ClusterWide: true},
		},
		Yields: []attack.Yield{attack.Integrity},
		When:   attack.Applicability{Gate: feature.ClusterTrustBundle},
		Ground: func(c *attack.Case) {
			c.Yields(attack.Integrity, attack.Of("certificates.k8s.io", "ClusterTrustBundle", "", ""), "pods mount the bundles of a signer that they may attest for")
		},
	}
}
