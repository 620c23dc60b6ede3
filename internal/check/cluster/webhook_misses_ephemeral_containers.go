package cluster

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// WebhookMissesEphemeralContainers fails webhooks that judge pods but not the
// containers that are added to them later.
func WebhookMissesEphemeralContainers() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "webhook-misses-ephemeral-containers",
			Title:    "Guarding webhook does not see debug containers",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "kubectl debug adds a container to a running pod through pods/ephemeralcontainers. A rule for pods does not match that: " +
				"a container that would be refused, with any image, starts all the same.",
			Remediation: "Add pods/ephemeralcontainers to the rule's resources and UPDATE to its operations.",
			References: []model.Reference{
				model.CWE("CWE-693"), model.MITRE("T1610"), model.Docs("concepts/workloads/pods/ephemeral-containers/"),
			},
		},
		On: []string{validatingWebhooks},
		Run: eachAdmissionWebhook(func(c *check.Case, w *admissionWebhook) {
			rule, pods := w.covers(admissionv1.Create, "", "pods")
			if _, debug := w.covers(admissionv1.Update, "", "pods/ephemeralcontainers"); !pods || debug {
				return
			}
			path := (w.path + ".rules").Index(rule) + ".resources"
			c.Fail(w.name, "webhook %s judges pods and not pods/ephemeralcontainers", w.name).At(path, w.rules[rule].Resources)
		}),
	}
}
