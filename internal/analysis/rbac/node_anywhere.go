package rbac

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// askNodeAnywhere is askNode about all nodes, and about every namespace where one may
// be related to something, the request's own left aside.
func askNodeAnywhere(v *snapshot.View, r Request) nodeAnswer {
	r.Namespace = ""
	answer := askNode(v, &r, "")
	builtIn := map[Subject]bool{} // what counts in every namespace is said once
	for i := range answer.grants {
		builtIn[answer.grants[i].Subject] = true
	}
	related := false
	for _, namespace := range nodeNamespaces(v, &r) {
		r.Namespace = namespace
		more := askNode(v, &r, "")
		for i := range more.grants {
			g := &more.grants[i]
			if g.Relation != nil && len(g.Relation.Links) > 0 {
				answer.grants = append(answer.grants, *g)
			} else if !builtIn[g.Subject] {
				builtIn[g.Subject] = true
				answer.grants = append(answer.grants, *g)
			}
		}
		answer.unsure = append(slices.Clip(answer.unsure), more.unsure...)
		related = related || more.related
	}
	if !related {
		return answer
	}
	if _, listed := supplied(v, kinds.Pods, ""); !listed {
		answer.unsure = append(slices.Clip(answer.unsure), podScope(v, ""))
	}
	return answer
}

// nodeNamespaces are those of which the Node authorizer may let a node have what is
// asked for, sorted. Pods are looked at only where they matter.
func nodeNamespaces(v *snapshot.View, r *Request) []string {
	inNamespace := *r
	inNamespace.Namespace = metav1.NamespaceDefault
	kind := nodeAccessOf(v, &inNamespace).related
	if kind == noVertex {
		return []string{metav1.NamespaceDefault, corev1.NamespaceNodeLease}
	}
	found := map[string]bool{metav1.NamespaceDefault: true}
	gk := snapshot.GroupKind{Kind: "Pod"}
	if kind == certificateVertex {
		gk = snapshot.GroupKind{Group: certificateRequests.Group, Kind: certificateRequests.Kind}
	}
	for _, object := range v.Objects(gk, "") {
		found[named(object.Namespace)] = true
	}
	if !v.Settings().Live {
		for _, w := range workload.All(v) {
			found[named(w.Object.Namespace)] = true
		}
	}
	if kind == secretVertex {
		for secret := range volumes.Of(v, struct{}{}).secrets {
			if secret.namespace != "" {
				found[secret.namespace] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}
