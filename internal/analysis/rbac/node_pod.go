package rbac

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// podUse is a pod that needs an object, or in files a workload whose pods will.
type podUse struct {
	object *snapshot.Object
	node   string     // "" where it will run is not known
	path   model.Path // of the name of what it needs; "" of the pod itself
}

func (u *podUse) relation(name string) Relation {
	relation := Relation{Node: u.node}
	if u.path != "" {
		relation.Links = append(relation.Links, Link{Object: u.object, Path: u.path, Value: name})
	}
	if u.node != "" {
		relation.Links = append(relation.Links, Link{Object: u.object, Path: "spec.nodeName", Value: u.node})
	}
	return relation
}

// podIndex holds what the pods of a namespace need.
type podIndex struct {
	uses   map[vertex][]podUse // without the namespace
	unsure []model.Scope
}

// podUses reads the pods of a namespace that run on a node, as AddPod of
// plugin/pkg/auth/authorizer/node/graph.go does. In files it reads all pods and
// workloads: they will run somewhere.
var podUses = snapshot.Memo[string, *podIndex]{Name: "rbac.podUses", Compute: func(v *snapshot.View, namespace string) *podIndex {
	index := &podIndex{uses: map[vertex][]podUse{}}
	all, complete := supplied(v, kinds.Pods, namespace)
	for object, pod := range all {
		complete = complete && !object.Partial
		if pod.Spec.NodeName != "" || !v.Settings().Live {
			index.addPod(object, pod, v.Settings().Live)
		}
	}
	if !v.Settings().Live {
		index.addWorkloads(v, namespace)
	}
	if !complete {
		index.unsure = []model.Scope{podScope(v, namespace)}
	}
	return index
}}

// addPod adds a pod. A node could make mirror pods, so they give it nothing else.
func (x *podIndex) addPod(object *snapshot.Object, pod *corev1.Pod, live bool) {
	node := pod.Spec.NodeName
	x.uses[vertex{kind: podVertex, name: object.Name}] = []podUse{{object: object, node: node}}
	if _, mirror := pod.Annotations[corev1.MirrorPodAnnotationKey]; mirror {
		return
	}
	if w := workload.Template(object); !live && (w == nil || w.Static()) {
		return
	}
	x.add(object, &pod.Spec, "spec", node, live)
	for _, claim := range podClaims(pod) {
		x.put(claim.kind, claim.name, podUse{object: object, node: node, path: claim.path})
	}
}

// addWorkloads adds what will make pods.
func (x *podIndex) addWorkloads(v *snapshot.View, namespace string) {
	all := workload.In(v, namespace)
	if namespace == metav1.NamespaceDefault {
		all = append(all[:len(all):len(all)], workload.In(v, "")...)
	}
	for _, w := range all {
		if w.Object.Kind != "Pod" {
			x.add(w.Object, w.Spec, w.Path, "", false)
		}
	}
}

// add adds what a pod spec names. A file may leave out the service account, which
// the admission plugin ServiceAccount fills in.
func (x *podIndex) add(object *snapshot.Object, spec *corev1.PodSpec, base model.Path, node string, live bool) {
	account := workload.Workload{Spec: spec, Path: base}
	if spec.ServiceAccountName != "" || !live {
		x.put(accountVertex, account.ServiceAccount(), podUse{object: object, node: node, path: account.ServiceAccountPath()})
	}
	for kind, ref := range podNames(spec, base) {
		x.put(kind, ref.name, podUse{object: object, node: node, path: ref.path})
	}
}

func (x *podIndex) put(kind vertexKind, name string, use podUse) {
	if name != "" {
		key := vertex{kind: kind, name: name}
		x.uses[key] = append(x.uses[key], use)
	}
}

func podScope(v *snapshot.View, namespace string) model.Scope {
	return scopeOf(v, kinds.Pods, namespace)
}

func scopeOf[T any](v *snapshot.View, k snapshot.Kind[T], namespace string) model.Scope {
	return model.Scope{Cluster: v.Settings().Cluster, Group: k.Group, Kind: k.Kind, Namespace: namespace}
}
