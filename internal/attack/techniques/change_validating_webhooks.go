package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeValidatingWebhooks is to turn a validating webhook that is there into one of one's own, or into none.
func ChangeValidatingWebhooks() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-validating-webhooks", Title: "Change validating webhooks", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "Changed rules or another address make a guard blind; a changed webhook also serves its new owner. A validating webhook is shown every object " +
				"that is written or deleted, secrets too, and may refuse it: the attacker reads the secrets that somebody writes, and stops every write, the " +
				"repairs of an administrator included, but for those to webhook configurations.",
			Remediation: "Give rights on webhook configurations only to the program that installs them, limited to their names; watch for new ones in the audit log.",
			References: []model.Reference{
				model.MITRE("T1562"), model.MITRE("T1552"), model.MITRE("T1499"), model.Docs("reference/access-authn-authz/extensible-admission-controllers/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Group: "admissionregistration.k8s.io", Resource: "validatingwebhookconfigurations", ClusterWide: true}},
		Yields: []attack.Yield{attack.Integrity, attack.Secrets, attack.Denial},
		Ground: func(c *attack.Case) {
			gk := admissionKind("ValidatingWebhookConfiguration")
			onExisting(c, attack.Integrity, gk)
			if b, ok := existing(c, gk); ok {
				validatingWebhook(c, b)
			}
		},
	}
}
