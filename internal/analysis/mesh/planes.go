package mesh

import (
	"iter"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// planesOf are the planes that something in a snapshot shows: a workload that is in
// one, or an object by which one is asked for or set up.
var planesOf = snapshot.Memo[struct{}, []Plane]{Name: "mesh.planes", Compute: func(v *snapshot.View, _ struct{}) []Plane {
	shown := map[Plane]bool{}
	for _, w := range workloadsOf.Of(v, struct{}{}).list {
		switch w.Plane {
		case Gateway:
			shown[Sidecarred] = true
		default:
			shown[w.Plane] = true
		}
		if w.Meta.Labels["app"] == "ztunnel" {
			shown[Ambient] = true
		}
	}
	for namespace := range readable(v, kinds.Namespaces) {
		shown[Sidecarred] = shown[Sidecarred] || namespace.Labels["istio-injection"] == "enabled" || namespace.Labels["istio.io/rev"] != ""
		shown[Ambient] = shown[Ambient] || namespace.Labels[dataplane] == "ambient"
		shown[Linkerd] = shown[Linkerd] || namespace.Annotations["linkerd.io/inject"] != ""
	}
	for _, gk := range Kinds() {
		switch {
		case istioGroups(gk.Group):
			shown[Sidecarred] = shown[Sidecarred] || len(v.Objects(gk, "")) > 0
		case gk.Group == linkerdGroup:
			shown[Linkerd] = shown[Linkerd] || len(v.Objects(gk, "")) > 0
		}
	}
	shown[Sidecarred] = shown[Sidecarred] || istioConfig.Of(v, struct{}{}).Object != nil
	shown[Linkerd] = shown[Linkerd] || linkerdConfig.Of(v, struct{}{}).Object != nil
	shown[Ambient] = shown[Ambient] || waypointsShown.Of(v, struct{}{})
	if v.Settings().Live && shown[PlaneUnknown] && !evident(v) {
		shown[Sidecarred] = shown[Sidecarred] || mayHide(v, istioConfig.Of(v, struct{}{}).Known, istioGroups)
		shown[Linkerd] = shown[Linkerd] || mayHide(v, linkerdConfig.Of(v, struct{}{}).Known, func(group string) bool { return group == linkerdGroup })
		shown[Ambient] = shown[Ambient] || shown[Sidecarred]
	}
	if !v.Settings().Live && shown[PlaneUnknown] && v.Unread(model.Scope{Kind: "Namespace"}) {
		shown[Sidecarred], shown[Ambient], shown[Linkerd] = true, true, true
	}
	var list []Plane
	for _, plane := range []Plane{Sidecarred, Ambient, Linkerd} {
		if shown[plane] {
			list = append(list, plane)
		}
	}
	return list
}}

func istioGroups(group string) bool { return strings.HasSuffix(group, ".istio.io") }

// evident reports whether everything was read that says which pods are in a mesh.
func evident(v *snapshot.View) bool {
	for _, gk := range Kinds() {
		if (gk.Kind == "Namespace" || workload.Is(gk)) && !v.Complete(model.Scope{Group: gk.Group, Kind: gk.Kind}) {
			return false
		}
	}
	return true
}

// mayHide reports whether a mesh could be set up by objects that were not read.
func mayHide(v *snapshot.View, configKnown bool, of func(group string) bool) bool {
	return !configKnown || slices.ContainsFunc(Kinds(), func(gk snapshot.GroupKind) bool {
		return of(gk.Group) && !v.Complete(model.Scope{Group: gk.Group, Kind: gk.Kind})
	})
}

// waypointsShown reports whether there is a waypoint.
var waypointsShown = snapshot.Memo[struct{}, bool]{Name: "mesh.waypointsShown", Compute: func(v *snapshot.View, _ struct{}) bool {
	for gateway := range readable(v, kinds.Gateways) {
		if gateway.Spec.GatewayClassName == waypointClass {
			return true
		}
	}
	return false
}}

// readable are the objects of a kind that can be decoded; there may be others.
func readable[T any](v *snapshot.View, k snapshot.Kind[T]) iter.Seq[T] {
	return func(yield func(T) bool) {
		for _, object := range v.Objects(snapshot.GroupKind{Group: k.Group, Kind: k.Kind}, "") {
			if value, err := k.Read(object); err == nil && !yield(value) {
				return
			}
		}
	}
}

// Shown reports whether anything in the snapshot is part of a mesh. Without, a mesh
// decides nothing: what is not supplied is taken to be none.
func (m *Mesh) Shown() bool { return len(planesOf.Of(m.view, struct{}{})) > 0 }

// In is the meshes of a snapshot for those who join them with other layers: nil where
// nothing shows one. What cannot be seen of them the view misses, now and not when it is
// first asked about.
func In(v *snapshot.View) *Mesh {
	m := Of(v.Snapshot().View())
	if !m.Shown() {
		return nil
	}
	for _, gk := range Kinds() {
		scope := model.Scope{Cluster: v.Settings().Cluster, Group: gk.Group, Kind: gk.Kind}
		if v.Settings().Live || v.Unread(scope) { // files that hold none of a kind say that there is none
			v.Complete(scope)
		}
	}
	return m
}

// Detours reports whether connections may pass a waypoint: something asks for one, or
// may, and there are Gateways that may be it.
func (m *Mesh) Detours() bool { return detoursOf.Of(m.view, struct{}{}) }

var detoursOf = snapshot.Memo[struct{}, bool]{Name: "mesh.detours", Compute: func(v *snapshot.View, _ struct{}) bool {
	gateways := snapshot.GroupKind{Group: kinds.Gateways.Group, Kind: kinds.Gateways.Kind}
	if supplied(v, model.Scope{Group: gateways.Group, Kind: gateways.Kind}) && len(v.Objects(gateways, "")) == 0 {
		return false
	}
	if !supplied(v, model.Scope{Kind: "Service"}) || !supplied(v, model.Scope{Kind: "Namespace"}) {
		return true
	}
	for service := range readable(v, kinds.Services) {
		if service.Labels[useWaypoint] != "" {
			return true
		}
	}
	for _, w := range workloadsOf.Of(v, struct{}{}).list {
		_, namespace, known := namespaceIn(v, w.Namespace())
		if w.Meta.Labels[useWaypoint] != "" || !known || namespace.Labels[useWaypoint] != "" {
			return true
		}
	}
	return false
}}

// Candidates are what the workload may be: itself, or each of its definitions where
// files have several; of one whose plane is not known a copy for every mesh that the
// snapshot shows and for none. A nil workload is its own.
func (m *Mesh) Candidates(w *Workload) []*Workload {
	if w == nil || w.Plane != PlaneUnknown && len(m.byID[w.Object.ID]) < 2 {
		return []*Workload{w}
	}
	if known, ok := m.candidates[w]; ok {
		return known
	}
	definitions, list := []*Workload{w}, []*Workload(nil)
	for _, other := range m.byID[w.Object.ID] {
		if other != w {
			definitions = append(definitions, other)
		}
	}
	for _, d := range definitions {
		if d.Plane != PlaneUnknown {
			list = append(list, d)
			continue
		}
		for _, plane := range append([]Plane{NoPlane}, planesOf.Of(m.view, struct{}{})...) {
			list = append(list, &Workload{Workload: d.Workload, Plane: plane, Why: d.Why})
		}
	}
	m.candidates[w] = list
	return list
}
