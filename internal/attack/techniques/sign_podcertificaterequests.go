package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/feature"
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// SignPodcertificaterequests is to write certificates into the requests of pods.
func SignPodcertificaterequests() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "sign-podcertificaterequests", Title: "Sign certificates of pods", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale:   "Who may sign for a signer puts a chain of certificates of their choice into the requests of pods: the pods present it, and the true one is never issued.",
			Remediation: "Give sign only to the signer itself, limited to its name.",
			References: []model.Reference{
				model.MITRE("T1649"), model.MITRE("T1553"), model.Docs("reference/access-authn-authz/certificate-signing-requests/"), {Catalogue: "KEP", ID: "4317"},
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "update|patch", Group: "certificates.k8s.io", Resource: "podcertificaterequests", Subresource: "status"},
			{Verbs: "sign", Group: "certificates.k8s.io", Resource: "signers", ClusterWide: true},
		},
		Yields: []attack.Yield{attack.Integrity},
		When:   attack.Applicability{Gate: feature.PodCertificateRequest},
		Ground: func(c *attack.Case) { onEach(c, 0, attack.Integrity, "certificates.k8s.io", "PodCertificateRequest") },
	}
}
