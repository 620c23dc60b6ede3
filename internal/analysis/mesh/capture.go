package mesh

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// Plane is the data plane that carries the traffic of a workload's pods. The zero
// value is PlaneUnknown.
type Plane uint8

// The planes. Gateway: the pods are themselves a proxy of Istio, at an edge of the mesh.
const (
	PlaneUnknown Plane = iota
	NoPlane
	Sidecarred // Istio, a proxy in each pod
	Ambient    // Istio, ztunnel on each node
	Gateway
	Linkerd
)

// String is the name of the plane in lower case.
func (p Plane) String() string {
	return [...]string{"unknown", "none", "istio-sidecar", "istio-ambient", "istio-gateway", "linkerd"}[p]
}

// MarshalText is String.
func (p Plane) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// istio reports whether the pods have an identity of Istio.
func (p Plane) istio() bool { return p == Sidecarred || p == Ambient || p == Gateway }

const (
	istioProxy   = "istio-proxy"
	linkerdProxy = "linkerd-proxy"
	dataplane    = "istio.io/dataplane-mode"
	redirected   = "ambient.istio.io/redirection"
)

// planeOf says what carries the traffic of a workload, and why. Proxies that running
// pods have decide over labels, which count when a pod is made; labels decide where
// no pod is known.
func planeOf(v *snapshot.View, w *workload.Workload) (Plane, Reason) {
	if w.Spec.HostNetwork && !gatewayTemplate(w) {
		// The injectors of both meshes and the CNI plugin of ambient leave such pods out.
		return NoPlane, Reason{Text: "the pods are on the network of their node", Object: w.Object, Path: w.Path + ".hostNetwork", Value: "true"}
	}
	if plane := proxyIn(w.Spec); plane != NoPlane {
		return plane, Reason{Text: "the pods have a proxy", Object: w.Object, Path: w.Path + ".containers"}
	}
	if v.Settings().Live {
		if plane, reason, ok := planeOfPods(v, w); ok {
			return plane, reason
		}
	}
	return planeOfLabels(v, w)
}

// proxyIn finds a proxy among the containers of a pod.
func proxyIn(spec *corev1.PodSpec) Plane {
	for n, list := range [][]corev1.Container{spec.Containers, spec.InitContainers} {
		for i := range list {
			switch list[i].Name {
			case istioProxy:
				if slices.Contains(list[i].Args, "router") || slices.Contains(list[i].Args, "waypoint") || n == 0 && len(list) == 1 {
					return Gateway
				}
				return Sidecarred
			case linkerdProxy:
				return Linkerd
			}
		}
	}
	return NoPlane
}

// gatewayTemplate reports whether istiod makes a gateway of the pods.
func gatewayTemplate(w *workload.Workload) bool {
	return w.Meta.Annotations["inject.istio.io/templates"] == "gateway"
}

// running is the running pods of the workloads of a namespace.
type running struct {
	pods     map[*snapshot.Object][]*corev1.Pod
	complete bool // there are no others: all were listed, and whose each is is known
}

var podsOf = snapshot.Memo[string, *running]{Name: "mesh.podsOf", Compute: func(v *snapshot.View, namespace string) *running {
	found := &running{pods: map[*snapshot.Object][]*corev1.Pod{}}
	list, complete := snapshot.List(v, kinds.Pods, namespace)
	for object, pod := range list {
		if pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
			continue
		}
		if root := workload.RootOf(v, object); root != nil {
			found.pods[root] = append(found.pods[root], pod)
		} else {
			complete = false
		}
	}
	found.complete = complete
	return found
}}

// planeOfPods says what carries the traffic of running pods. ok is false when there
// are none.
func planeOfPods(v *snapshot.View, w *workload.Workload) (plane Plane, reason Reason, ok bool) {
	found := podsOf.Of(v, w.Namespace())
	for i, pod := range found.pods[w.Object] {
		one := proxyIn(&pod.Spec)
		if one == NoPlane && pod.Annotations[redirected] == "enabled" {
			one = Ambient
		}
		if i > 0 && one != plane {
			return PlaneUnknown, Reason{Text: "only some of the pods have a proxy: the others must be restarted"}, true
		}
		plane, ok = one, true
	}
	if !found.complete && w.Object.Kind != "Pod" {
		return PlaneUnknown, Reason{Text: "the running pods are not all known, and neither is whether they have a proxy"}, true
	}
	return plane, Reason{Text: "as the running pods are"}, ok
}

// planeOfLabels says what the labels and annotations of the pod template and of its
// namespace ask for: Istio's injector, Linkerd's injector, Istio's ambient mode.
func planeOfLabels(v *snapshot.View, w *workload.Workload) (Plane, Reason) {
	object, namespace, known := namespaceIn(v, w.Namespace())
	a := asker{w: w, object: object, namespace: namespace, known: known}
	if reason, ok := a.sidecar(); ok {
		if gatewayTemplate(w) {
			return Gateway, reason
		}
		return Sidecarred, reason
	}
	if reason, ok := a.linkerd(); ok {
		return Linkerd, reason
	}
	if reason, ok := a.ambient(); ok {
		return Ambient, reason
	}
	if !a.known && object != nil && !object.Implied {
		return PlaneUnknown, Reason{Text: "files define namespace " + w.Namespace() + " in several ways: whether its pods are in a mesh is not known", Object: object, Path: "metadata"}
	}
	if !a.known {
		return PlaneUnknown, Reason{Text: "namespace " + w.Namespace() + " is not supplied: whether its pods are in a mesh is not known"}
	}
	return NoPlane, Reason{Text: "no label asks for a mesh", Object: object, Path: "metadata.labels"}
}

// namespaceIn reads a namespace. Its labels and annotations are known unless it was not
// supplied, or files define it in ways that a mesh tells apart; then it has none here.
func namespaceIn(v *snapshot.View, name string) (first *snapshot.Object, namespace *corev1.Namespace, known bool) {
	first, namespace, presence := snapshot.Get(v, kinds.Namespaces, "", name)
	if presence != snapshot.Present || first.Implied {
		return first, &corev1.Namespace{}, false
	}
	objects := v.Objects(snapshot.GroupKind{Kind: "Namespace"}, "")
	at, _ := slices.BinarySearchFunc(objects, name, func(o *snapshot.Object, name string) int { return strings.Compare(o.Name, name) })
	for ; at < len(objects) && objects[at].Name == name; at++ {
		other, err := kinds.Namespaces.Read(objects[at])
		if err != nil || !maps.Equal(ofMeshes(other.Labels), ofMeshes(namespace.Labels)) || !maps.Equal(ofMeshes(other.Annotations), ofMeshes(namespace.Annotations)) {
			return first, &corev1.Namespace{}, false
		}
	}
	return first, namespace, true
}

// ofMeshes are the labels or annotations that a mesh reads.
func ofMeshes(all map[string]string) map[string]string {
	some := maps.Clone(all)
	maps.DeleteFunc(some, func(key, _ string) bool { return !strings.Contains(key, "istio") && !strings.Contains(key, "linkerd") })
	return some
}

// asker is a pod template and its namespace.
type asker struct {
	w         *workload.Workload
	object    *snapshot.Object // the namespace; nil when it could not be read
	namespace *corev1.Namespace
	known     bool // the namespace's labels are those of the cluster
}

func (a *asker) ofPod(kind, key, value string) Reason {
	return Reason{Text: key + " of the pods", Object: a.w.Object, Path: (a.w.MetaPath + "." + model.Path(kind)).Child(key), Value: value}
}

func (a *asker) ofNamespace(kind, key, value string) Reason {
	return Reason{Text: key + " of the namespace", Object: a.object, Path: ("metadata." + model.Path(kind)).Child(key), Value: value}
}

// sidecar reports whether Istio's injector adds a proxy: no when the namespace or the
// pods say no, yes when either says yes (istio.io, "Controlling the injection
// policy"). The label istio-injection counts before istio.io/rev.
func (a *asker) sidecar() (Reason, bool) {
	const injection, inject, rev = "istio-injection", "sidecar.istio.io/inject", "istio.io/rev"
	if slices.Contains(neverInjected(), a.w.Namespace()) {
		return Reason{}, false
	}
	pod, kind := a.w.Meta.Labels[inject], "labels"
	if pod == "" {
		pod, kind = a.w.Meta.Annotations[inject], "annotations"
	}
	namespace := a.namespace.Labels[injection]
	switch {
	case pod == "false" || namespace == "disabled":
		return Reason{}, false
	case pod == "true" && a.known:
		return a.ofPod(kind, inject, pod), true
	case namespace == "enabled":
		return a.ofNamespace("labels", injection, namespace), true
	case a.w.Meta.Labels[rev] != "" && a.known:
		return a.ofPod("labels", rev, a.w.Meta.Labels[rev]), true
	case namespace == "" && a.namespace.Labels[rev] != "" && a.namespace.Labels[dataplane] != "ambient":
		return a.ofNamespace("labels", rev, a.namespace.Labels[rev]), true
	}
	return Reason{}, false
}

// neverInjected are the namespaces that Istio's injector passes over (istio
// pkg/kube/inject, IgnoredNamespaces).
func neverInjected() []string {
	return []string{"kube-system", "kube-public", "kube-node-lease", "local-path-storage"}
}

// linkerd reports whether Linkerd's injector adds a proxy: the annotation of the
// pods, else that of the namespace (linkerd.io, "Automatic Proxy Injection").
func (a *asker) linkerd() (Reason, bool) {
	const inject = "linkerd.io/inject"
	if value := a.w.Meta.Annotations[inject]; value != "" {
		return a.ofPod("annotations", inject, value), value == "enabled" || value == "ingress"
	}
	value := a.namespace.Annotations[inject]
	return a.ofNamespace("annotations", inject, value), value == "enabled" || value == "ingress"
}

// ambient reports whether ztunnel carries the traffic: the label of the pods, else
// that of the namespace (istio.io, "Add workloads to the mesh").
func (a *asker) ambient() (Reason, bool) {
	if value := a.w.Meta.Labels[dataplane]; value != "" {
		return a.ofPod("labels", dataplane, value), value == "ambient"
	}
	value := a.namespace.Labels[dataplane]
	return a.ofNamespace("labels", dataplane, value), value == "ambient"
}
