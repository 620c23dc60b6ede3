package mesh

import (
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// RootNamespace is where policies of Istio count for the whole mesh. It reports false
// when the mesh configuration is not known.
func RootNamespace(v *snapshot.View) (string, bool) {
	config := istioConfig.Of(v, struct{}{})
	return config.RootNamespace, config.Known
}

// Labels are the labels that a selector asks for; none for every pod.
func (s *labelSelector) Labels() map[string]string {
	if s == nil {
		return nil
	}
	return s.MatchLabels
}

// Targets are what a policy is attached to, under both names of the field, and the
// field itself.
func (p *AuthorizationPolicy) Targets() ([]targetRef, model.Path) {
	if p.TargetRef != nil {
		return p.targets(), "spec.targetRef"
	}
	return p.TargetRefs, "spec.targetRefs"
}

// RequestRules are the indices of the rules that ztunnel cannot evaluate, since they
// ask about requests.
func (p *AuthorizationPolicy) RequestRules() []int {
	var found []int
	for i := range p.Rules {
		if p.Rules[i].asksAboutRequests(true) {
			found = append(found, i)
		}
	}
	return found
}

// EveryRequest is the index of a rule that every request meets, or -1.
func (p *AuthorizationPolicy) EveryRequest() int {
	return slices.IndexFunc(p.Rules, func(r authorizationRule) bool { return len(r.From)+len(r.To)+len(r.When) == 0 })
}

// Shadows reports whether nothing is left for another policy to decide: this one
// denies every request to all pods that the other is for, or lets every request in
// where the other only lets some in too. Policies attached to targets are not compared.
func Shadows(root string, object *snapshot.Object, p *Resource[AuthorizationPolicy], other *snapshot.Object, o *Resource[AuthorizationPolicy]) bool {
	switch {
	case p.Unread != nil || o.Unread != nil || p.Spec.EveryRequest() < 0 || len(p.Spec.targets())+len(o.Spec.targets()) > 0,
		p.Annotations["istio.io/dry-run"] == "true", object.Namespace != other.Namespace && object.Namespace != root:
		return false
	}
	for key, value := range p.Spec.Selector.Labels() {
		if have, ok := o.Spec.Selector.Labels()[key]; !ok || have != value {
			return false
		}
	}
	allows := func(action string) bool { return action == "" || action == "ALLOW" }
	return p.Spec.Action == "DENY" && (allows(o.Spec.Action) || o.Spec.Action == "DENY") || allows(p.Spec.Action) && allows(o.Spec.Action)
}

// WaypointOf says whether connections to a Service pass a waypoint. It is
// Undetermined when the namespace or the Gateways could not be read.
func (m *Mesh) WaypointOf(service *snapshot.Object) snapshot.Presence {
	s, err := kinds.Services.Read(service)
	if err != nil {
		return snapshot.Undetermined
	}
	name, namespace, known := m.waypointName(s.Labels, service.Namespace)
	switch {
	case !known:
		return snapshot.Undetermined
	case name == "" || name == "none":
		return snapshot.Absent
	}
	w := m.waypoint(name, namespace, service.Namespace)
	switch {
	case w == nil:
		return snapshot.Absent
	case w.unknown != nil:
		return snapshot.Undetermined
	case !w.takes("service"):
		return snapshot.Absent
	}
	return snapshot.Present
}

// HostService is the Service of the cluster that the host of a DestinationRule of a
// namespace stands for. ok is false for a wildcard and for hosts elsewhere.
func HostService(host, namespace string) (name, of string, ok bool) {
	rest, inside := strings.CutSuffix(fullHost(host, namespace), ".svc.cluster.local")
	name, of, dotted := strings.Cut(rest, ".")
	return name, of, inside && dotted && !strings.HasPrefix(name, "*") && !strings.Contains(of, ".")
}

// PassesBy says whether connections to the address of a pod reach a workload past the
// waypoint of its Service: no policy at ztunnel has a say in who may connect, and the
// waypoint is not for workloads too. It is Undetermined when that is not known.
func (m *Mesh) PassesBy(w *Workload) snapshot.Presence {
	if !authorizationPoliciesOf.Of(m.view, struct{}{}).complete || !istioConfig.Of(m.view, struct{}{}).Known {
		return snapshot.Undetermined
	}
	for _, p := range m.policiesFor(w) {
		switch {
		case p.Unread != nil:
			return snapshot.Undetermined
		case !dryRun(&p) && p.Spec.Action != "AUDIT" && p.Spec.Action != "CUSTOM":
			return snapshot.Absent
		}
	}
	name, namespace, known := m.waypointName(w.Meta.Labels, w.Namespace())
	if !known {
		return snapshot.Undetermined
	}
	if gateway := m.waypoint(name, namespace, w.Namespace()); gateway != nil && (gateway.unknown != nil || gateway.takes("workload")) {
		if gateway.unknown != nil {
			return snapshot.Undetermined
		}
		return snapshot.Absent
	}
	return snapshot.Present
}
