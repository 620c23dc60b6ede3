package cluster

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// WebhookMissingService fails webhooks whose Service does not exist.
func WebhookMissingService() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "webhook-missing-service",
			Title:    "Webhook calls a Service that does not exist",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "The webhook blocks what it matches, or never judges it. Left over from something that was removed, it hands " +
				"admission to whoever creates a Service of that name and holds a certificate that caBundle trusts.",
			Remediation: "Delete the configuration, or bring the Service back.",
			References: []model.Reference{
				model.CWE("CWE-1164"), model.Docs("reference/access-authn-authz/extensible-admission-controllers/#service-reference"),
			},
		},
		On: []string{validatingWebhooks, mutatingWebhooks},
		Run: eachAdmissionWebhook(func(c *check.Case, w *admissionWebhook) {
			service := w.client.Service
			if service == nil {
				return
			}
			if _, _, presence := snapshot.Get(c.View, kinds.Services, service.Namespace, service.Name); presence == snapshot.Absent {
				path := w.path + ".clientConfig.service"
				c.Fail(w.name, "Service %s of webhook %s is not in namespace %s", service.Name, w.name, service.Namespace).
					At(path+".name", service.Name).At(path+".namespace", service.Namespace)
			}
		}),
	}
}
