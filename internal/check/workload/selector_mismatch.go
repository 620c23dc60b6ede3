package workload

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// SelectorMismatch fails workloads whose selector does not select their own pods.
func SelectorMismatch() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "selector-mismatch",
			Title:       "Selector does not match the labels of the pod template",
			Layer:       model.LayerWorkload,
			Severity:    model.Low,
			Rationale:   "The API server refuses the workload: it is not deployed, or its last version goes on running.",
			Remediation: "Write the same labels in spec.selector and in spec.template.metadata.labels.",
			References:  []model.Reference{model.Docs("concepts/workloads/controllers/deployment/#selector")},
		},
		On: append(replicated(), "apps/DaemonSet"),
		Run: func(c *check.Case) {
			selector := selectorOf(c.Object)
			if selector == nil {
				if c.Object.Group == "apps" && c.Object.Version == "v1" {
					c.Fail("", "it has no selector").At("spec.selector", nil)
				}
				return
			}
			matcher, err := metav1.LabelSelectorAsSelector(selector)
			if w := c.Workload(); err != nil || !matcher.Matches(labels.Set(w.Meta.Labels)) {
				c.Fail("", "the selector wants %s, the pods have %s", metav1.FormatLabelSelector(selector), labels.Set(w.Meta.Labels)).
					At("spec.selector", metav1.FormatLabelSelector(selector)).
					At(w.MetaPath+".labels", labels.Set(w.Meta.Labels).String())
			}
		},
	}
}

// selectorOf returns the selector of what keeps pods running; nil when it has none,
// or takes the labels of its template.
func selectorOf(object *snapshot.Object) *metav1.LabelSelector {
	switch object.Kind {
	case "Deployment":
		if o, err := kinds.Deployments.Read(object); err == nil {
			return o.Spec.Selector
		}
	case "StatefulSet":
		if o, err := kinds.StatefulSets.Read(object); err == nil {
			return o.Spec.Selector
		}
	case "DaemonSet":
		if o, err := kinds.DaemonSets.Read(object); err == nil {
			return o.Spec.Selector
		}
	case "ReplicaSet":
		if o, err := kinds.ReplicaSets.Read(object); err == nil {
			return o.Spec.Selector
		}
	case "ReplicationController":
		if o, err := kinds.ReplicationControllers.Read(object); err == nil && len(o.Spec.Selector) > 0 {
			return &metav1.LabelSelector{MatchLabels: o.Spec.Selector}
		}
	}
	return nil
}
