package cluster

import (
	"slices"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// WebhookMatchesEverything fails webhooks that are sent every object of every kind.
func WebhookMatchesEverything() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "webhook-matches-everything",
			Title:    "Webhook is sent every object of every kind",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "It reads the content of every Secret that is written, and stands in the way of every request, leases and events of the " +
				"control plane included: its flaws and its delays are the cluster's.",
			Remediation: "List the groups and resources that the webhook judges.",
			References: []model.Reference{
				model.CWE("CWE-272"), model.Docs("concepts/cluster-administration/admission-webhooks-good-practices/"),
			},
		},
		On: []string{validatingWebhooks, mutatingWebhooks},
		Run: eachAdmissionWebhook(func(c *check.Case, w *admissionWebhook) {
			for i := range w.rules {
				rule, path := &w.rules[i], (w.path + ".rules").Index(i)
				if !slices.Contains(rule.APIGroups, "*") || !slices.Contains(rule.Resources, "*") && !slices.Contains(rule.Resources, "*/*") {
					continue
				}
				c.Fail(w.name, "webhook %s is sent every resource of every group", w.name).
					At(path+".apiGroups", rule.APIGroups).At(path+".resources", rule.Resources)
				return
			}
		}),
	}
}
