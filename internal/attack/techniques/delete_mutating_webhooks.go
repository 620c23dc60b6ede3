package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// DeleteMutatingWebhooks is to take guards away that are mutating webhooks.
func DeleteMutatingWebhooks() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "delete-mutating-webhooks", Title: "Delete mutating webhooks", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "Mutating webhooks put in what pods must have: the sidecars of a mesh, secure defaults, verified digests of images. Who deletes the " +
				"configuration has pods made without.",
			Remediation: "Let only the program that installs a webhook delete it, limited to its name; have a policy engine restore its configurations, and alarm when " +
				"one goes.",
			References: []model.Reference{
				model.MITRE("T1562"), model.Docs("reference/access-authn-authz/extensible-admission-controllers/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "delete|deletecollection", Group: "admissionregistration.k8s.io", Resource: "mutatingwebhookconfigurations", ClusterWide: true}},
		Yields: []attack.Yield{attack.Integrity},
		Ground: func(c *attack.Case) {
			onExisting(c, attack.Integrity, admissionKind("MutatingWebhookConfiguration"))
		},
	}
}
