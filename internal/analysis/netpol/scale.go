package netpol

import (
	"cmp"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// scalerKinds lists the kinds that set the number of pods of a workload.
func scalerKinds() []snapshot.GroupKind {
	return []snapshot.GroupKind{
		{Group: autoscalingv2.GroupName, Kind: "HorizontalPodAutoscaler"},
		{Group: scaledObjects.Group, Kind: scaledObjects.Kind},
	}
}

// scaledObject is a ScaledObject of KEDA as far as it is read here:
// https://keda.sh/docs/latest/reference/scaledobject-spec/.
type scaledObject struct {
	Spec struct {
		ScaleTargetRef  autoscalingv2.CrossVersionObjectReference `json:"scaleTargetRef"`
		MaxReplicaCount *int32                                    `json:"maxReplicaCount"`
	} `json:"spec"`
}

var scaledObjects = kinds.Of[scaledObject]("keda.sh", "ScaledObject")

// scaling says which workloads an autoscaler may give several pods.
type scaling struct {
	several map[model.ID]bool
	unknown map[string]bool // namespaces with an autoscaler that could not be decoded
	hidden  bool            // autoscalers could not be listed
}

var scalings = snapshot.Memo[struct{}, *scaling]{Name: "netpol.scaling", Compute: func(v *snapshot.View, _ struct{}) *scaling {
	s := &scaling{several: map[model.ID]bool{}, unknown: map[string]bool{}}
	read(s, v, kinds.HorizontalPodAutoscalers, func(hpa *autoscalingv2.HorizontalPodAutoscaler) (autoscalingv2.CrossVersionObjectReference, int32) {
		return hpa.Spec.ScaleTargetRef, hpa.Spec.MaxReplicas
	})
	read(s, v, scaledObjects, func(o *scaledObject) (autoscalingv2.CrossVersionObjectReference, int32) {
		most := int32(100) // KEDA's default
		if o.Spec.MaxReplicaCount != nil {
			most = *o.Spec.MaxReplicaCount
		}
		target := o.Spec.ScaleTargetRef
		if target.Kind == "" {
			target.APIVersion, target.Kind = appsv1.SchemeGroupVersion.String(), "Deployment"
		}
		return target, most
	})
	return s
}}

// read notes what the autoscalers of a kind scale to more than one pod.
func read[T any](s *scaling, v *snapshot.View, kind snapshot.Kind[T], scales func(T) (autoscalingv2.CrossVersionObjectReference, int32)) {
	aside := v.Snapshot().View() // where some are missing more is listed, which is no gap
	s.hidden = hidden(aside, model.Scope{Group: kind.Group, Kind: kind.Kind}) || s.hidden
	for _, object := range v.Objects(snapshot.GroupKind{Group: kind.Group, Kind: kind.Kind}, "") {
		scaler, err := kind.Read(object)
		if err != nil {
			s.unknown[home(object)] = true
			continue
		}
		if target, most := scales(scaler); most > 1 {
			group, _, found := strings.Cut(target.APIVersion, "/")
			if !found {
				group = ""
			}
			s.several[model.ID{Cluster: object.Cluster, Group: kinds.Canonical(group, target.Kind), Kind: target.Kind, Namespace: home(object), Name: target.Name}] = true
		}
	}
}

// of reports whether an autoscaler may give a workload several pods.
func (s *scaling) of(object *snapshot.Object) bool {
	switch object.Kind {
	case "Deployment", "StatefulSet", "ReplicaSet", "ReplicationController":
		id := object.ID
		id.Namespace = home(object)
		return s.hidden || s.unknown[id.Namespace] || s.several[id]
	default: // has no scale subresource
		return false
	}
}

// isReplicated reports whether a pod of a workload can meet another one of it: it asks
// for several, runs on several nodes, an autoscaler may scale it up, or runs of it may
// overlap. Where autoscalers could not be read, they may. The one pod that a rolling
// update puts beside the one that it replaces does not count.
func isReplicated(v *snapshot.View, w *workload.Workload) bool {
	switch {
	case w.Replicas > 1 || w.Object.Kind == "DaemonSet":
		return true
	case w.Object.Kind == "CronJob":
		job, err := kinds.CronJobs.Read(w.Object)
		return err != nil || cmp.Or(job.Spec.ConcurrencyPolicy, batchv1.AllowConcurrent) == batchv1.AllowConcurrent
	default:
		return scalings.Of(v, struct{}{}).of(w.Object)
	}
}
