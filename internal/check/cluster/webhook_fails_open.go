package cluster

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// WebhookFailsOpen fails webhooks that guard workloads or rights and let everything
// through when they do not answer.
func WebhookFailsOpen() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "webhook-fails-open",
			Title:    "Guarding webhook lets requests through when it fails",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "Whoever can make the webhook slow or unreachable (by load, by a network policy, by evicting its pods) creates what it " +
				"would have refused. Nothing in the cluster shows that the check did not take place.",
			Remediation: "Set failurePolicy: Fail, run several replicas with a disruption budget, and leave out by namespaceSelector only the webhook's own namespace and kube-system.",
			References: []model.Reference{
				model.CWE("CWE-636"), model.MITRE("T1562"), model.Docs("concepts/cluster-administration/admission-webhooks-good-practices/"),
			},
		},
		On: []string{validatingWebhooks, mutatingWebhooks},
		Run: eachAdmissionWebhook(func(c *check.Case, w *admissionWebhook) {
			if w.failurePolicy == admissionv1.Ignore && w.guards() {
				path := w.path + ".failurePolicy"
				c.Fail(w.name, "webhook %s is skipped when it does not answer", w.name).At(path, w.failurePolicy).
					Fix(3, "Refuse what cannot be checked", check.Set(c.Object, path, admissionv1.Fail))
			}
		}),
	}
}
