package cluster

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// WebhookLongTimeout fails webhooks that may hold up requests for long.
func WebhookLongTimeout() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "webhook-long-timeout",
			Title:    "Webhook may hold requests up for more than 15 seconds",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "Every request that it matches waits as long when the webhook hangs. Requests pile up, clients give up, and a slow " +
				"webhook becomes an outage of the API.",
			Remediation: "Set timeoutSeconds to 10 or less.",
			References: []model.Reference{
				model.CWE("CWE-400"), model.Docs("concepts/cluster-administration/admission-webhooks-good-practices/"),
			},
		},
		On: []string{validatingWebhooks, mutatingWebhooks},
		Run: eachAdmissionWebhook(func(c *check.Case, w *admissionWebhook) {
			if w.timeoutSeconds <= 15 {
				return
			}
			severity := model.Low
			if w.failurePolicy == admissionv1.Ignore {
				severity = model.Info
			}
			path := w.path + ".timeoutSeconds"
			c.Fail(w.name, "webhook %s may take %d seconds", w.name, w.timeoutSeconds).Severity(severity).At(path, w.timeoutSeconds).
				Fix(2, "Wait 10 seconds at most", check.Set(c.Object, path, 10))
		}),
	}
}
