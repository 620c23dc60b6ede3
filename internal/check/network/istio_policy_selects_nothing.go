package network

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// IstioPolicySelectsNothing fails policies of Istio whose selector matches the pods of no
// workload.
func IstioPolicySelectsNothing() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "istio-policy-selects-nothing",
			Title:    "Istio policy selects no workload",
			Layer:    model.LayerNetwork,
			Severity: model.Low,
			Rationale: "The policy protects nothing, while whoever reads it believes it does: often a label that was renamed, or a policy left behind. Pods that get the " +
				"labels later fall under it unexpectedly.",
			Remediation: "Correct the labels of the selector, or remove the policy.",
			References:  []model.Reference{model.NSA("Network separation and hardening"), model.CWE("CWE-1164"), model.Docs("concepts/overview/working-with-objects/labels/")},
		},
		On: []string{"security.istio.io/AuthorizationPolicy", "security.istio.io/PeerAuthentication"},
		Run: func(c *check.Case) {
			wanted, ok := selectedLabels(c.Object)
			if !ok {
				c.Unknown()
				return
			}
			root, known := mesh.RootNamespace(c.View)
			switch {
			case len(wanted) == 0:
				c.Skip()
				return
			case !known, c.Object.Namespace == root && !workload.Complete(c.View, ""):
				c.Unknown()
				return
			}
			selector := &metav1.LabelSelector{MatchLabels: wanted}
			for _, namespace := range reach(c.View, c.Object.Namespace, root) {
				if len(workload.Select(c.View, namespace, wanted)) > 0 || workload.PodsSelected(c.View, namespace, selector) {
					return
				}
				if !allPodsKnown(c.View, namespace, len(workload.In(c.View, namespace))) {
					c.Unknown()
					return
				}
			}
			if len(workload.All(c.View)) == 0 {
				c.Unknown()
				return
			}
			c.Fail("", "no workload has the labels %s", metav1.FormatLabelSelector(selector)).At("spec.selector.matchLabels", metav1.FormatLabelSelector(selector))
		},
	}
}

// selectedLabels are the labels that a policy of Istio selects pods by.
func selectedLabels(object *snapshot.Object) (wanted map[string]string, ok bool) {
	if object.Kind == mesh.PeerAuthentications.Kind {
		p, err := mesh.PeerAuthentications.Read(object)
		if err != nil || p.Unread != nil {
			return nil, false
		}
		return p.Spec.Selector.Labels(), true
	}
	p, err := mesh.AuthorizationPolicies.Read(object)
	if err != nil || p.Unread != nil {
		return nil, false
	}
	return p.Spec.Selector.Labels(), true
}

// reach lists the namespaces whose pods a policy of a namespace can select: its own,
// or from the root namespace all that hold workloads.
func reach(v *snapshot.View, namespace, root string) []string {
	if namespace != root {
		return []string{namespace}
	}
	var all []string
	for _, w := range workload.All(v) {
		all = append(all, w.Namespace())
	}
	slices.Sort(all)
	return slices.Compact(all)
}
