package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateValidatingWebhooks is to be shown every object on its way into the cluster.
func CreateValidatingWebhooks() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-validating-webhooks", Title: "Create validating webhooks", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A validating webhook is shown every object that is written or deleted, secrets too, and may refuse it: the attacker reads the secrets that " +
				"somebody writes, and stops every write, the repairs of an administrator included, but for those to webhook configurations.",
			Remediation: "Give rights on webhook configurations only to the program that installs them, limited to their names; watch for new ones in the audit log.",
			References: []model.Reference{
				model.MITRE("T1552"), model.MITRE("T1499"), model.Docs("reference/access-authn-authz/extensible-admission-controllers/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Group: "admissionregistration.k8s.io", Resource: "validatingwebhookconfigurations", ClusterWide: true}},
		Yields: []attack.Yield{attack.Secrets, attack.Denial},
		Ground: func(c *attack.Case) { validatingWebhook(c, basis{}) },
	}
}
