package workload

import (
	"slices"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// Select returns the workloads of a namespace whose pods have all the labels, in
// the order of In. No labels select every workload. Whether the namespace is
// completely known is for the caller to ask (Complete).
func Select(v *snapshot.View, namespace string, wanted map[string]string) []*Workload {
	candidates, best := In(v, namespace), ""
	for key, value := range wanted {
		if added(key) {
			continue
		}
		some := labelled.Of(v, namespace)[key+"\x00"+value]
		if best == "" || len(some) < len(candidates) || len(some) == len(candidates) && key < best {
			candidates, best = some, key
		}
	}
	var selected []*Workload
	for _, w := range candidates {
		if w.HasLabels(wanted) {
			selected = append(selected, w)
		}
	}
	return selected
}

// SelectBy is Select for a selector with expressions. A nil selector selects
// nothing, an empty one everything.
func SelectBy(v *snapshot.View, namespace string, selector *metav1.LabelSelector) []*Workload {
	if selector == nil {
		return nil
	}
	return slices.DeleteFunc(Select(v, namespace, selector.MatchLabels), func(w *Workload) bool {
		return !w.hasExpressions(selector.MatchExpressions)
	})
}

// PodsSelected reports whether some pod of the namespace has the labels that a
// selector wants: in a running cluster, where pods can have labels that their
// workload's template lacks.
func PodsSelected(v *snapshot.View, namespace string, selector *metav1.LabelSelector) bool {
	matcher, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil || !v.Settings().Live {
		return false
	}
	pods, _ := snapshot.List(v, kinds.Pods, namespace)
	for _, pod := range pods {
		if matcher.Matches(labels.Set(pod.Labels)) {
			return true
		}
	}
	return false
}

// labelled indexes the workloads of a namespace by each label of their pods.
var labelled = snapshot.Memo[string, map[string][]*Workload]{Name: "workload.labelled", Compute: func(v *snapshot.View, namespace string) map[string][]*Workload {
	index := map[string][]*Workload{}
	for _, w := range In(v, namespace) {
		for key, value := range w.Meta.Labels {
			index[key+"\x00"+value] = append(index[key+"\x00"+value], w)
		}
	}
	return index
}}

// HasLabels reports whether the workload's pods have all the labels, those that
// its controller and well-known applications add included.
func (w *Workload) HasLabels(wanted map[string]string) bool {
	for key, value := range wanted {
		if !w.hasLabel(key, value) {
			return false
		}
	}
	return true
}

func (w *Workload) hasLabel(key, value string) bool {
	if own, ok := w.Meta.Labels[key]; ok {
		return own == value
	}
	switch {
	case !added(key):
		return false
	case ownPodLabel(key):
		return true
	}
	switch w.Object.Kind + "/" + key {
	case "StatefulSet/statefulset.kubernetes.io/pod-name":
		ordinal, ok := strings.CutPrefix(value, w.Object.Name+"-")
		_, err := strconv.Atoi(ordinal)
		return ok && err == nil
	case "Job/job-name", "Job/batch.kubernetes.io/job-name":
		return value == w.Object.Name
	case "StatefulSet/apps.kubernetes.io/pod-index", "StatefulSet/controller-revision-hash",
		"DaemonSet/controller-revision-hash", "DaemonSet/pod-template-generation", "Deployment/pod-template-hash",
		"Job/controller-uid", "Job/batch.kubernetes.io/controller-uid", "Job/batch.kubernetes.io/job-completion-index",
		"CronJob/controller-uid", "CronJob/batch.kubernetes.io/controller-uid", "CronJob/batch.kubernetes.io/job-completion-index":
		return true
	case "CronJob/job-name", "CronJob/batch.kubernetes.io/job-name":
		return strings.HasPrefix(value, w.Object.Name+"-")
	default:
		return false
	}
}

// added reports whether pods can have a label that their template lacks.
func added(key string) bool {
	switch key {
	case "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index", "controller-revision-hash",
		"pod-template-generation", "pod-template-hash", "job-name", "batch.kubernetes.io/job-name",
		"controller-uid", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-completion-index":
		return true
	default:
		return ownPodLabel(key)
	}
}

// ownPodLabel names labels that clustered applications put on their own pods, to
// have a Service follow the leader: Vault and OpenBao, Patroni and its operators.
func ownPodLabel(key string) bool {
	switch key {
	case "vault-active", "vault-initialized", "vault-perf-standby", "vault-sealed", "vault-version",
		"openbao-active", "openbao-initialized", "openbao-perf-standby", "openbao-sealed", "openbao-version",
		"role", "spilo-role", "cnpg.io/instanceRole", "redisfailovers-role":
		return true
	default:
		return false
	}
}

func (w *Workload) hasExpressions(expressions []metav1.LabelSelectorRequirement) bool {
	for i := range expressions {
		if !w.hasExpression(&expressions[i]) {
			return false
		}
	}
	return true
}

func (w *Workload) hasExpression(e *metav1.LabelSelectorRequirement) bool {
	value, ok := w.Meta.Labels[e.Key]
	if !ok && added(e.Key) {
		return true // pods may have it or not
	}
	switch e.Operator {
	case metav1.LabelSelectorOpIn:
		return ok && slices.Contains(e.Values, value)
	case metav1.LabelSelectorOpNotIn:
		return !ok || !slices.Contains(e.Values, value)
	case metav1.LabelSelectorOpExists:
		return ok
	case metav1.LabelSelectorOpDoesNotExist:
		return !ok
	default:
		return false
	}
}
