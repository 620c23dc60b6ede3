package mesh

import (
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Clients groups the workloads of which no verdict on a server can differ: one plane,
// one identity, and the same settings for what they send. The last group is nil: the
// clients of no mesh elsewhere.
func (m *Mesh) Clients() [][]*Workload {
	index := map[string]int{}
	var groups [][]*Workload
	for _, w := range m.list {
		key := m.classes.sends(m, w) + " " + strconv.Itoa(m.classes.account(w))
		at, ok := index[key]
		if !ok {
			at = len(groups)
			index[key] = at
			groups = append(groups, nil)
		}
		groups[at] = append(groups[at], w)
	}
	return append(groups, nil)
}

// labelsDecide reports whether some object of Istio selects clients by their labels.
func (m *Mesh) labelsDecide() bool {
	scope := proxyScopeOf.Of(m.view, struct{}{})
	for _, rules := range destinationRulesOf.Of(m.view, struct{}{}).byNamespace {
		if slices.ContainsFunc(rules, func(d destinationRule) bool { return selective(d.Spec.WorkloadSelector) }) {
			return true
		}
	}
	return slices.ContainsFunc(scope.sidecars, func(s item[Sidecar]) bool { return s.Spec.WorkloadSelector != nil }) ||
		slices.ContainsFunc(scope.filters, func(f item[EnvoyFilter]) bool { return f.Spec.WorkloadSelector != nil })
}

// Assume returns the snapshot in which the namespaces that were not supplied have the
// label or annotation that makes their pods part of a mesh: Sidecarred, Ambient or
// Linkerd. Every other plane changes nothing.
func Assume(s *snapshot.Snapshot, plane Plane) *snapshot.Snapshot {
	var meta metav1.ObjectMeta
	switch plane {
	case Sidecarred:
		meta.Labels = map[string]string{"istio-injection": "enabled"}
	case Ambient:
		meta.Labels = map[string]string{dataplane: "ambient"}
	case Linkerd:
		meta.Annotations = map[string]string{"linkerd.io/inject": "enabled"}
	default:
		return s
	}
	var changes []snapshot.Change
	for _, object := range s.Objects(snapshot.GroupKind{Kind: "Namespace"}) {
		if object.Implied {
			assumed := &corev1.Namespace{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Namespace"}, ObjectMeta: meta}
			assumed.Name = object.Name
			ref := model.Ref{ID: object.ID, Version: "v1"}
			changes = append(changes, snapshot.Change{Put: &snapshot.Object{Ref: ref, Body: assumed}})
		}
	}
	return s.With(changes...)
}
