package workload

import (
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// budget is a PodDisruptionBudget and where it is written.
type budget struct {
	*policyv1.PodDisruptionBudget
	object *snapshot.Object
}

// atSelector adds the budget's selector as evidence.
func (b *budget) atSelector(failure check.Failure) check.Failure {
	return failure.In(b.object, "spec.selector", selectorText(b.Spec.Selector))
}

// selectorText renders a selector; nil is nil.
func selectorText(selector *metav1.LabelSelector) any {
	switch {
	case selector == nil:
		return nil
	case len(selector.MatchLabels)+len(selector.MatchExpressions) == 0:
		return "{}"
	default:
		return metav1.FormatLabelSelector(selector)
	}
}

// budgets finds the PodDisruptionBudgets of a namespace by the workloads whose pods
// they select.
var budgets = snapshot.Memo[string, map[*snapshot.Object][]budget]{Name: "check.workload.budgets", Compute: func(v *snapshot.View, namespace string) map[*snapshot.Object][]budget {
	found := map[*snapshot.Object][]budget{}
	list, _ := snapshot.List(v, kinds.PodDisruptionBudgets, namespace)
	for object, pdb := range list {
		for _, w := range guarded(v, object, pdb) {
			found[w.Object] = append(found[w.Object], budget{pdb, object})
		}
	}
	return found
}}

// guarded returns the workloads that a budget selects. An empty selector selects
// nothing in policy/v1beta1, and everything since.
func guarded(v *snapshot.View, object *snapshot.Object, pdb *policyv1.PodDisruptionBudget) []*workload.Workload {
	selector := pdb.Spec.Selector
	if selector != nil && object.Version == "v1beta1" && len(selector.MatchLabels)+len(selector.MatchExpressions) == 0 {
		return nil
	}
	return workload.SelectBy(v, object.Namespace, selector)
}
