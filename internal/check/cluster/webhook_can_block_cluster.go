package cluster

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// WebhookCanBlockCluster fails webhooks that refuse pods of their own or of the
// control plane's namespace while they are down.
func WebhookCanBlockCluster() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "webhook-can-block-cluster",
			Title:    "Webhook that is down keeps its own or system pods from starting",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "When all of its pods are gone, after a node failure or an upgrade, new ones need the webhook's consent to start. " +
				"The cluster stays without it until somebody deletes the configuration by hand.",
			Remediation: "Leave the webhook's own namespace and kube-system out by namespaceSelector: kubernetes.io/metadata.name NotIn [...].",
			References: []model.Reference{
				model.CWE("CWE-400"), model.Docs("concepts/cluster-administration/admission-webhooks-good-practices/"),
			},
		},
		On: []string{validatingWebhooks, mutatingWebhooks},
		Run: eachAdmissionWebhook(func(c *check.Case, w *admissionWebhook) {
			rule, pods := w.covers(admissionv1.Create, "", "pods")
			if !pods || w.failurePolicy != admissionv1.Fail || w.client.Service == nil {
				return
			}
			if !selectsAll(w.objectSelector) || len(w.matchConditions) > 0 {
				c.Unknown() // these may leave the pods out
				return
			}
			own := w.client.Service.Namespace
			w.judgeNamespace(c, own, rule, "own", model.Medium, "while webhook %s is down, its own pods in %s cannot start")
			if own != metav1.NamespaceSystem {
				w.judgeNamespace(c, metav1.NamespaceSystem, rule, "system", model.Low, "while webhook %s is down, no pod in %s can start")
			}
		}),
	}
}

func (w *admissionWebhook) judgeNamespace(c *check.Case, namespace string, rule int, key string, severity model.Severity, message string) {
	switch w.selectsNamespace(c.View, namespace) {
	case snapshot.Undetermined:
		c.Unknown()
	case snapshot.Present:
		c.Fail(w.name+" "+key, message, w.name, namespace).Severity(severity).
			At(w.path+".namespaceSelector", selectorText(w.namespaceSelector)).
			At((w.path+".rules").Index(rule)+".resources", w.rules[rule].Resources)
	}
}
