package cluster

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// WebhookExactMatch fails guarding webhooks that do not see other versions of what
// they guard.
func WebhookExactMatch() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "webhook-exact-match",
			Title:    "Guarding webhook can be avoided through another API version",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "With matchPolicy Exact, a request for the same kind under another version or group that the API server also serves is " +
				"not sent to the webhook.",
			Remediation: "Set matchPolicy: Equivalent, or leave the field out.",
			References: []model.Reference{
				model.CWE("CWE-807"), model.Docs("reference/access-authn-authz/extensible-admission-controllers/#matching-requests-matchpolicy"),
			},
		},
		On: []string{validatingWebhooks, mutatingWebhooks},
		Run: eachAdmissionWebhook(func(c *check.Case, w *admissionWebhook) {
			if w.matchPolicy != admissionv1.Exact || !w.guards() {
				return
			}
			path := w.path + ".matchPolicy"
			c.Fail(w.name, "webhook %s sees only the versions that its rules name", w.name).At(path, w.matchPolicy).
				Fix(1, "Match other versions too", check.Set(c.Object, path, admissionv1.Equivalent))
		}),
	}
}
