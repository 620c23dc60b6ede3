package workload

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// Standing says whether a workload is judged by itself.
type Standing uint8

// The standings. Undetermined: its owner could not be read.
const (
	Undetermined Standing = iota
	Root                  // nobody made it, or nobody who is judged
	Owned                 // another workload of the snapshot made it, and is judged instead
)

// Stand says whether an object is judged by itself. An owner that is no workload
// (a Node for static pods, a custom resource) or that is gone leaves the object
// standing by itself.
func Stand(v *snapshot.View, object *snapshot.Object) Standing {
	_, standing := owner(v, object)
	return standing
}

// RootOf follows owner references to the workload that is judged. It returns the
// object itself when nobody made it, and nil when an owner could not be read.
func RootOf(v *snapshot.View, object *snapshot.Object) *snapshot.Object {
	// A chain is at most Pod, Job, CronJob; the bound stops references in a circle.
	for range 8 {
		next, standing := owner(v, object)
		switch standing {
		case Root:
			return object
		case Undetermined:
			return nil
		}
		object = next
	}
	return object
}

func owner(v *snapshot.View, object *snapshot.Object) (*snapshot.Object, Standing) {
	ref := controller(object)
	if ref == nil {
		return nil, Root
	}
	gk := snapshot.GroupKind{Group: group(ref.APIVersion), Kind: ref.Kind}
	if !Is(gk) {
		return nil, Root
	}
	id := model.ID{Cluster: object.Cluster, Group: gk.Group, Kind: gk.Kind, Namespace: object.Namespace, Name: ref.Name}
	if !v.Settings().Live {
		// Files rarely hold both: a missing owner was just not supplied.
		if made := v.Snapshot().Lookup(id); made != nil && made != object {
			return made, Owned
		}
		if v.Unread(id.Scope()) {
			return nil, Undetermined
		}
		return nil, Root
	}
	made, presence := v.Find(id)
	switch presence {
	case snapshot.Present:
		return made, Owned
	case snapshot.Absent:
		return nil, Root
	default:
		return nil, Undetermined
	}
}

func controller(object *snapshot.Object) *metav1.OwnerReference {
	var meta metav1.Object
	switch object.Kind {
	case "Pod":
		if pod, err := kinds.Pods.Read(object); err == nil {
			meta = pod
		}
	case "ReplicaSet":
		if set, err := kinds.ReplicaSets.Read(object); err == nil {
			meta = set
		}
	case "Job":
		if job, err := kinds.Jobs.Read(object); err == nil {
			meta = job
		}
	case "ReplicationController":
		if rc, err := kinds.ReplicationControllers.Read(object); err == nil {
			meta = rc
		}
	}
	if meta == nil {
		return nil
	}
	return metav1.GetControllerOf(meta)
}

func group(apiVersion string) string {
	for i := range len(apiVersion) {
		if apiVersion[i] == '/' {
			return apiVersion[:i]
		}
	}
	return ""
}

// running maps each judged workload of a namespace to its pods. It is read in live
// clusters, of which perhaps only this namespace was listed.
var running = snapshot.Memo[string, map[model.ID][]*snapshot.Object]{Name: "workload.pods", Compute: func(v *snapshot.View, namespace string) map[model.ID][]*snapshot.Object {
	pods := map[model.ID][]*snapshot.Object{}
	list, _ := snapshot.List(v, kinds.Pods, namespace)
	for object := range list {
		if root := RootOf(v, object); root != nil && root != object {
			pods[root.ID] = append(pods[root.ID], object)
		}
	}
	return pods
}}

// addFromPods adds the containers that running pods have and the template lacks.
func (w *Workload) addFromPods(v *snapshot.View) {
	known := map[string]bool{}
	for i := range w.Containers {
		known[w.Containers[i].Name] = true
	}
	for _, object := range running.Of(v, w.Object.Namespace)[w.Object.ID] {
		pod, err := kinds.Pods.Read(object)
		if err != nil {
			continue
		}
		w.addUnknown(object, &pod.Spec, known)
	}
}

func (w *Workload) addUnknown(object *snapshot.Object, spec *corev1.PodSpec, known map[string]bool) {
	for _, c := range containers(object, spec, "spec") {
		if !known[c.Name] {
			known[c.Name] = true
			w.Containers = append(w.Containers, c)
		}
	}
}
