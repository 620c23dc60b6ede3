package cluster

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// WebhookEscapedByLabel fails guarding webhooks that users can avoid by a label.
func WebhookEscapedByLabel() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "webhook-escaped-by-label",
			Title:    "Guarding webhook can be avoided by setting a label",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "The labels of an object are written by whoever creates it. A selector on them leaves the decision whether the object is " +
				"checked to the one who is to be checked.",
			Remediation: "Guard without objectSelector, and choose namespaces by kubernetes.io/metadata.name, which cannot be changed, or by labels that only administrators may set.",
			References: []model.Reference{
				model.CWE("CWE-807"), model.MITRE("T1562"), model.Docs("concepts/cluster-administration/admission-webhooks-good-practices/"),
			},
		},
		On: []string{validatingWebhooks},
		Run: eachAdmissionWebhook(func(c *check.Case, w *admissionWebhook) {
			if !w.guards() {
				return
			}
			if !selectsAll(w.objectSelector) {
				c.Fail(w.name+" object", "webhook %s judges only objects with %s", w.name, metav1.FormatLabelSelector(w.objectSelector)).
					At(w.path+".objectSelector", metav1.FormatLabelSelector(w.objectSelector))
			}
			if !onlyByName(w.namespaceSelector) {
				c.Fail(w.name+" namespace", "webhook %s judges only namespaces with %s", w.name, metav1.FormatLabelSelector(w.namespaceSelector)).
					Severity(model.Low).At(w.path+".namespaceSelector", metav1.FormatLabelSelector(w.namespaceSelector))
			}
		}),
	}
}
