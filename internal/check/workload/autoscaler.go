package workload

import (
	"strings"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// autoscaler is a HorizontalPodAutoscaler and where it is written.
type autoscaler struct {
	*autoscalingv2.HorizontalPodAutoscaler
	object *snapshot.Object
}

// target is what an autoscaler scales, in its own namespace.
type target struct{ group, kind, name string }

func targetOf(hpa *autoscalingv2.HorizontalPodAutoscaler) target {
	ref := hpa.Spec.ScaleTargetRef
	group, _, ok := strings.Cut(ref.APIVersion, "/")
	if !ok {
		group = ""
	}
	return target{kinds.Canonical(group, ref.Kind), ref.Kind, ref.Name}
}

// autoscalers finds the autoscalers of a namespace by what they scale.
var autoscalers = snapshot.Memo[string, map[target]autoscaler]{Name: "check.workload.autoscalers", Compute: func(v *snapshot.View, namespace string) map[target]autoscaler {
	found := map[target]autoscaler{}
	for _, object := range v.Objects(snapshot.GroupKind{Group: "autoscaling", Kind: "HorizontalPodAutoscaler"}, namespace) {
		if hpa, err := kinds.HorizontalPodAutoscalers.Read(object); err == nil {
			found[targetOf(hpa)] = autoscaler{hpa, object}
		}
	}
	return found
}}

// scaledBy returns the autoscaler of a workload. It reports false when it has none
// that is known, and it cannot be known that it has none.
func scaledBy(c *check.Case, w *workload.Workload) (autoscaler, bool) {
	of := target{w.Object.Group, w.Object.Kind, w.Object.Name}
	if found, ok := autoscalers.Of(c.View, w.Object.Namespace)[of]; ok {
		return found, true
	}
	return autoscaler{}, asSupplied(c, "autoscaling", "HorizontalPodAutoscaler", w.Object.Namespace)
}

// replicas is how many pods a workload has at least: the number that is written in
// it, or the minimum of its autoscaler. It reports false when that is not known.
func replicas(c *check.Case, w *workload.Workload) (int32, bool) {
	scaler, known := scaledBy(c, w)
	switch {
	case scaler.object == nil:
		return w.Replicas, known
	case scaler.Spec.MinReplicas == nil:
		return 1, true
	default:
		return *scaler.Spec.MinReplicas, true
	}
}

// atReplicas adds the field that decides on replicas as evidence.
func atReplicas(c *check.Case, w *workload.Workload, failure check.Failure) check.Failure {
	if scaler, _ := scaledBy(c, w); scaler.object != nil {
		return failure.In(scaler.object, "spec.minReplicas", scaler.Spec.MinReplicas)
	}
	return failure.In(w.Object, "spec.replicas", ifWritten(w.Object, "spec.replicas", w.Replicas))
}
