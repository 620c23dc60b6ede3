package cluster

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// WebhookNeverReinvoked tells of policy engines that change pods and do not see what
// other webhooks change after them.
func WebhookNeverReinvoked() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "webhook-never-reinvoked",
			Title:    "Policy engine does not see what later webhooks change",
			Layer:    model.LayerCluster,
			Severity: model.Info,
			Rationale: "A webhook that runs after it can add a container that lacks the settings which the engine gives to all others. " +
				"Mutating webhooks run in the order of their names.",
			Remediation: "Set reinvocationPolicy: IfNeeded, and validate what matters as well as setting it.",
			References: []model.Reference{
				model.CWE("CWE-696"), model.Docs("reference/access-authn-authz/extensible-admission-controllers/#reinvocation-policy"),
			},
		},
		On: []string{mutatingWebhooks},
		Run: eachAdmissionWebhook(func(c *check.Case, w *admissionWebhook) {
			if _, pods := w.covers(admissionv1.Create, "", "pods"); !pods || !w.engine() || w.reinvocation != admissionv1.NeverReinvocationPolicy {
				return
			}
			if other := otherPodMutator(c); other != nil {
				path := w.path + ".reinvocationPolicy"
				c.Fail(w.name, "webhook %s does not run again after %s", w.name, other.Name).At(path, check.IfWritten(c.Object, path, w.reinvocation)).
					Fix(2, "Run it again when something changed", check.Set(c.Object, path, admissionv1.IfNeededReinvocationPolicy))
			}
		}),
	}
}

// otherPodMutator returns another configuration that changes pods, or nil.
func otherPodMutator(c *check.Case) *snapshot.Object {
	all, _ := snapshot.List(c.View, kinds.MutatingWebhookConfigurations, "")
	for object := range all {
		list, err := webhooksOf(object)
		if err != nil || object.ID == c.Object.ID {
			continue
		}
		for i := range list {
			if _, pods := list[i].covers(admissionv1.Create, "", "pods"); pods {
				return object
			}
		}
	}
	return nil
}
