// Package workload sees every kind that makes pods in one way: as a pod spec with
// containers, at a path of an object. It follows owner references, so that pods
// that a Deployment made count once, at the Deployment.
package workload

import (
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// Workload is a pod spec and the object that holds it.
type Workload struct {
	Object     *snapshot.Object
	Meta       *metav1.ObjectMeta // of the pod: labels and annotations that its pods get
	MetaPath   model.Path         // of Meta within Object
	Spec       *corev1.PodSpec
	Path       model.Path // of Spec within Object
	Replicas   int32      // how many pods are asked for; 1 where the kind has no such field
	Containers []Container
}

// ContainerType says when a container runs.
type ContainerType uint8

// The types of containers. A Sidecar is an init container that keeps running.
const (
	Regular ContainerType = iota
	Init
	Sidecar
	Ephemeral
)

// Container is one container of a workload and where it is written. Object is the
// workload, or a running pod of it that has a container the template lacks: one
// that was injected at admission, or an ephemeral one.
type Container struct {
	*corev1.Container
	Type   ContainerType
	Object *snapshot.Object
	Path   model.Path // of the container within Object
}

// Injected reports whether the container is in a running pod and not in the
// workload's template.
func (c *Container) Injected(w *Workload) bool { return c.Object != w.Object }

// Kinds lists the kinds that are workloads, as Check.On names them.
func Kinds() []string {
	return []string{
		"Pod", "PodTemplate", "ReplicationController", "apps/Deployment", "apps/StatefulSet",
		"apps/DaemonSet", "apps/ReplicaSet", "batch/Job", "batch/CronJob",
	}
}

// Is reports whether the kind makes pods.
func Is(gk snapshot.GroupKind) bool {
	switch gk.Group {
	case "":
		return gk.Kind == "Pod" || gk.Kind == "PodTemplate" || gk.Kind == "ReplicationController"
	case "apps":
		return gk.Kind == "Deployment" || gk.Kind == "StatefulSet" || gk.Kind == "DaemonSet" || gk.Kind == "ReplicaSet"
	case "batch":
		return gk.Kind == "Job" || gk.Kind == "CronJob"
	default:
		return false
	}
}

var templates = snapshot.Memo[*snapshot.Object, *Workload]{Name: "workload.template", Compute: read}

// Of returns the object as a workload, or nil when it is none or cannot be
// decoded. In a running cluster its pods' additional containers are included.
func Of(v *snapshot.View, object *snapshot.Object) *Workload {
	if !Is(snapshot.GroupKind{Group: object.Group, Kind: object.Kind}) {
		return nil
	}
	return templates.Of(v, object)
}

// All returns every workload that counts: those that no other workload of the
// snapshot made. Sorted by kind, namespace and name.
func All(v *snapshot.View) []*Workload { return all.Of(v, struct{}{}) }

var all = snapshot.Memo[struct{}, []*Workload]{Name: "workload.all", Compute: func(v *snapshot.View, _ struct{}) []*Workload {
	var workloads []*Workload
	for _, gk := range groupKinds() {
		for _, object := range v.Objects(gk, "") {
			if w := Of(v, object); w != nil && Stand(v, object) == Root {
				workloads = append(workloads, w)
			}
		}
	}
	return workloads
}}

func groupKinds() []snapshot.GroupKind {
	return []snapshot.GroupKind{
		{Kind: "Pod"}, {Kind: "PodTemplate"}, {Kind: "ReplicationController"},
		{Group: "apps", Kind: "Deployment"}, {Group: "apps", Kind: "StatefulSet"}, {Group: "apps", Kind: "DaemonSet"},
		{Group: "apps", Kind: "ReplicaSet"}, {Group: "batch", Kind: "Job"}, {Group: "batch", Kind: "CronJob"},
	}
}

// Complete reports whether All knows every workload of a namespace, or of all with
// namespace "", and makes the view remember if not. In a running cluster every
// kind must have been listed. Of files, which rarely hold every kind, it is enough
// that some workload was supplied and nothing is unread.
func Complete(v *snapshot.View, namespace string) bool {
	supplied, unread := false, false
	for _, gk := range groupKinds() {
		scope := model.Scope{Group: gk.Group, Kind: gk.Kind, Namespace: namespace}
		switch {
		case v.Settings().Live:
			unread = !v.Complete(scope) || unread
			supplied = true
		case v.Unread(scope):
			unread = true
		default:
			supplied = supplied || v.Snapshot().Listed(scope)
		}
	}
	if !supplied {
		v.Complete(model.Scope{Kind: "Pod", Namespace: namespace})
	}
	return supplied && !unread
}

// In returns the workloads of one namespace.
func In(v *snapshot.View, namespace string) []*Workload {
	return byNamespace.Of(v, struct{}{})[namespace]
}

var byNamespace = snapshot.Memo[struct{}, map[string][]*Workload]{Name: "workload.byNamespace", Compute: func(v *snapshot.View, _ struct{}) map[string][]*Workload {
	index := map[string][]*Workload{}
	for _, w := range All(v) {
		index[w.Object.Namespace] = append(index[w.Object.Namespace], w)
	}
	return index
}}

func read(v *snapshot.View, object *snapshot.Object) *Workload {
	w := Template(object)
	if w == nil {
		return nil
	}
	if v.Settings().Live && object.Kind != "Pod" {
		w.addFromPods(v)
	}
	return w
}

// Template returns the object as a workload by what it says itself, without its
// running pods, or nil. It is for those who handle an object before it is part of a
// snapshot; checks use Of.
func Template(object *snapshot.Object) *Workload {
	w := template(object)
	if w == nil {
		return nil
	}
	w.Object = object
	w.Containers = containers(object, w.Spec, w.Path)
	return w
}

// template finds the pod spec of an object.
func template(object *snapshot.Object) *Workload {
	switch object.Kind {
	case "Pod":
		if pod, err := kinds.Pods.Read(object); err == nil {
			return &Workload{Meta: &pod.ObjectMeta, MetaPath: "metadata", Spec: &pod.Spec, Path: "spec", Replicas: 1}
		}
	case "Deployment":
		if d, err := kinds.Deployments.Read(object); err == nil {
			return fromTemplate(&d.Spec.Template, "spec.template", d.Spec.Replicas)
		}
	case "StatefulSet":
		if s, err := kinds.StatefulSets.Read(object); err == nil {
			return fromTemplate(&s.Spec.Template, "spec.template", s.Spec.Replicas)
		}
	case "DaemonSet":
		if d, err := kinds.DaemonSets.Read(object); err == nil {
			return fromTemplate(&d.Spec.Template, "spec.template", nil)
		}
	case "ReplicaSet":
		if r, err := kinds.ReplicaSets.Read(object); err == nil {
			return fromTemplate(&r.Spec.Template, "spec.template", r.Spec.Replicas)
		}
	case "ReplicationController":
		if r, err := kinds.ReplicationControllers.Read(object); err == nil && r.Spec.Template != nil {
			return fromTemplate(r.Spec.Template, "spec.template", r.Spec.Replicas)
		}
	case "PodTemplate":
		if t, err := kinds.PodTemplates.Read(object); err == nil {
			return fromTemplate(&t.Template, "template", nil)
		}
	default:
		return fromBatch(object)
	}
	return nil
}

func fromBatch(object *snapshot.Object) *Workload {
	var job *batchv1.JobSpec
	var path model.Path
	switch object.Kind {
	case "Job":
		j, err := kinds.Jobs.Read(object)
		if err != nil {
			return nil
		}
		job, path = &j.Spec, "spec.template"
	case "CronJob":
		c, err := kinds.CronJobs.Read(object)
		if err != nil {
			return nil
		}
		job, path = &c.Spec.JobTemplate.Spec, "spec.jobTemplate.spec.template"
	default:
		return nil
	}
	return fromTemplate(&job.Template, path, job.Parallelism)
}

func fromTemplate(t *corev1.PodTemplateSpec, path model.Path, replicas *int32) *Workload {
	w := &Workload{Meta: &t.ObjectMeta, MetaPath: path + ".metadata", Spec: &t.Spec, Path: path + ".spec", Replicas: 1}
	if replicas != nil {
		w.Replicas = *replicas
	}
	return w
}

func containers(object *snapshot.Object, spec *corev1.PodSpec, path model.Path) []Container {
	list := make([]Container, 0, len(spec.InitContainers)+len(spec.Containers)+len(spec.EphemeralContainers))
	for i := range spec.InitContainers {
		kind := Init
		if policy := spec.InitContainers[i].RestartPolicy; policy != nil && *policy == corev1.ContainerRestartPolicyAlways {
			kind = Sidecar
		}
		list = append(list, Container{Container: &spec.InitContainers[i], Type: kind, Object: object, Path: (path + ".initContainers").Index(i)})
	}
	for i := range spec.Containers {
		list = append(list, Container{Container: &spec.Containers[i], Object: object, Path: (path + ".containers").Index(i)})
	}
	for i := range spec.EphemeralContainers {
		// The two types have the same fields (k8s.io/api/core/v1, EphemeralContainerCommon).
		c := corev1.Container(spec.EphemeralContainers[i].EphemeralContainerCommon)
		list = append(list, Container{Container: &c, Type: Ephemeral, Object: object, Path: (path + ".ephemeralContainers").Index(i)})
	}
	return list
}

// ServiceAccount is the name of the account that the pods run as.
func (w *Workload) ServiceAccount() string {
	switch {
	case w.Spec.ServiceAccountName != "":
		return w.Spec.ServiceAccountName
	case w.Spec.DeprecatedServiceAccount != "":
		return w.Spec.DeprecatedServiceAccount
	default:
		return "default"
	}
}

// Namespace is the namespace of the pods.
func (w *Workload) Namespace() string { return w.Object.Namespace }

// Windows reports whether the pods say that they run on Windows.
func (w *Workload) Windows() bool {
	return w.Spec.OS != nil && w.Spec.OS.Name == corev1.Windows
}
