package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// DeleteValidatingWebhooks is to take guards away that are validating webhooks.
func DeleteValidatingWebhooks() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "delete-validating-webhooks", Title: "Delete validating webhooks", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "Many guards of a cluster are webhooks: policy engines, image verification, the checks of operators. Who deletes the configuration, or the " +
				"whole collection, has them asked no more, and nothing that they would have stopped is stopped.",
			Remediation: "Let only the program that installs a webhook delete it, limited to its name; have a policy engine restore its configurations, and alarm when " +
				"one goes.",
			References: []model.Reference{
				model.MITRE("T1562"), model.Docs("reference/access-authn-authz/extensible-admission-controllers/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "delete|deletecollection", Group: "admissionregistration.k8s.io", Resource: "validatingwebhookconfigurations", ClusterWide: true}},
		Yields: []attack.Yield{attack.Integrity},
		Ground: func(c *attack.Case) {
			onExisting(c, attack.Integrity, admissionKind("ValidatingWebhookConfiguration"))
		},
	}
}
