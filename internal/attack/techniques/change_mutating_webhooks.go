package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeMutatingWebhooks is to turn a mutating webhook that is there into one of one's own.
func ChangeMutatingWebhooks() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-mutating-webhooks", Title: "Change mutating webhooks", Layer: model.LayerCluster, Severity: model.Critical,
			Rationale: "A webhook is changed as easily as it is added: another address and certificate authority, and rules for every resource. Who does so is shown " +
				"every object that is written to the cluster, secrets too, and may change it: pods run what the webhook wants, as any account and where Pod " +
				"Security admits it with access to the node, and the roles and bindings that an administrator writes give what the webhook wants. A webhook " +
				"that refuses stops every write.",
			Remediation: "Give rights on webhook configurations only to the program that installs them, limited to their names; watch for new ones in the audit log.",
			References: []model.Reference{
				model.MITRE("T1546"), model.MITRE("T1556"), model.Docs("reference/access-authn-authz/extensible-admission-controllers/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Group: "admissionregistration.k8s.io", Resource: "mutatingwebhookconfigurations", ClusterWide: true}},
		Yields: []attack.Yield{attack.Integrity, attack.Namespace, attack.Node, attack.Secrets, attack.Admin, attack.Denial},
		Ground: func(c *attack.Case) {
			if b, ok := existing(c, admissionKind("MutatingWebhookConfiguration")); ok {
				mutatingWebhook(c, b)
			}
		},
	}
}
