package mesh

import (
	"slices"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

const (
	useWaypoint          = "istio.io/use-waypoint"
	useWaypointNamespace = "istio.io/use-waypoint-namespace"
	waypointFor          = "istio.io/waypoint-for"
	waypointClass        = "istio-waypoint"
	gatewayName          = "gateway.networking.k8s.io/gateway-name"
)

// waypoint is a proxy that ztunnel sends connections through.
type waypoint struct {
	object  *snapshot.Object // the Gateway; nil when it could not be read
	gateway *gatewayv1.Gateway
	unknown *Reason // why it cannot be told what passes it
}

// waypointFor is the waypoint that a connection of a client passes on a way, or nil.
// ztunnel sends connections to a Service through the waypoint of the Service, and
// those to a pod through that of the workload, each by a label on it or on its
// namespace (istio.io, "Configure waypoint proxies"). Clients without ztunnel connect
// past it.
func (m *Mesh) waypointFor(client, server *Workload, r *route) *waypoint {
	if server.Plane != Ambient || client == nil || !client.Plane.istio() {
		return nil
	}
	labels, traffic := server.Meta.Labels, "workload"
	if r != nil {
		labels, traffic = r.service.Labels, "service"
	}
	name, namespace, known := m.waypointName(labels, server.Namespace())
	switch {
	case !known && !m.Detours():
		return nil
	case !known:
		return &waypoint{unknown: &Reason{Text: "namespace " + server.Namespace() + " is not supplied: whether it uses a waypoint is not known"}}
	case name == "" || name == "none":
		return nil
	}
	w := m.waypoint(name, namespace, server.Namespace())
	if w == nil || w.unknown == nil && !w.takes(traffic) {
		return nil
	}
	if client.Plane != Ambient {
		w.unknown = &Reason{Text: "whether a client with a sidecar passes the waypoint is up to its version and labels", Object: w.object}
	}
	return w
}

// waypointName finds the label that names a waypoint: on the object, else on its namespace.
func (m *Mesh) waypointName(labels map[string]string, namespace string) (name, of string, known bool) {
	spaceLabels, _, known := m.namespaceOf(namespace)
	if labels[useWaypoint] == "" {
		labels = spaceLabels
	} else {
		known = true
	}
	of = namespace
	if labels[useWaypointNamespace] != "" {
		of = labels[useWaypointNamespace]
	}
	return labels[useWaypoint], of, known
}

// waypoint reads a Gateway as a waypoint for the workloads of a namespace. It is nil
// when there is none: then ztunnel connects directly.
func (m *Mesh) waypoint(name, namespace, user string) *waypoint {
	if !supplied(m.view, model.Scope{Group: kinds.Gateways.Group, Kind: kinds.Gateways.Kind, Namespace: namespace}) {
		return &waypoint{unknown: &Reason{Text: "Gateways could not be read", Open: true}}
	}
	object := m.view.Snapshot().Lookup(model.ID{Cluster: m.view.Settings().Cluster, Group: kinds.Gateways.Group, Kind: kinds.Gateways.Kind, Namespace: namespace, Name: name})
	if object == nil {
		return nil
	}
	gateway, err := kinds.Gateways.Read(object)
	if err != nil {
		return &waypoint{object: object, unknown: &Reason{Text: "the waypoint could not be read", Object: object}}
	}
	w := &waypoint{object: object, gateway: gateway}
	if gateway.Spec.GatewayClassName != waypointClass {
		w.unknown = &Reason{Text: "the Gateway is not of class " + waypointClass, Object: object, Path: "spec.gatewayClassName", Value: string(gateway.Spec.GatewayClassName)}
	} else if namespace != user && !w.open() {
		w.unknown = &Reason{Text: "whether the waypoint serves other namespaces is not clear", Object: object, Path: "spec.listeners"}
	}
	return w
}

// open reports whether the waypoint lets every namespace use it.
func (w *waypoint) open() bool {
	return slices.ContainsFunc(w.gateway.Spec.Listeners, func(l gatewayv1.Listener) bool {
		return l.AllowedRoutes != nil && l.AllowedRoutes.Namespaces != nil && l.AllowedRoutes.Namespaces.From != nil && *l.AllowedRoutes.Namespaces.From == gatewayv1.NamespacesFromAll
	})
}

// takes reports whether the waypoint is for connections to Services or to workloads.
func (w *waypoint) takes(traffic string) bool {
	handled := w.gateway.Labels[waypointFor]
	if handled == "" {
		handled = "service"
	}
	return handled == "all" || handled == traffic
}

// throughWaypoint is a way that passes a waypoint: the policies attached to it see
// the client, and those of the server's ztunnel see the waypoint.
func (m *Mesh) throughWaypoint(way Way, client, server *Workload, port uint16, r *route, w *waypoint) Way {
	if w.object != nil {
		way.Waypoint = w.object
	}
	if w.unknown != nil {
		way.add(open(*w.unknown))
		way.Hops = []Hop{{From: client, Port: hbone}} // to whichever pods
		return way
	}
	from, pods := m.identityOf(client), m.podsOfWaypoint(w)
	way.Transport, way.Identity = MutualTLS, from.String()
	way.Hops = []Hop{{From: client, To: pods, Port: hbone}, {From: pods, To: server, Port: hbone}}
	way.add(Reason{Text: "passes the waypoint", Object: w.object})

	// The tunnel to the waypoint is asked for the Service and its port, which the filters
	// there see (istio pilot/pkg/networking/core, buildWaypointInternal).
	at := request{from: from, known: true, port: port}
	if r != nil {
		at.port, at.protocol = uint16(r.port.Port), protocol(r.port)
	}
	first := m.decide(m.policiesAtWaypoint(w, r), at)
	proxy := &identity{domain: from.domain, namespace: w.object.Namespace, account: w.object.Name} // istiod names the account after the Gateway
	if pods != nil {
		proxy.account = pods.ServiceAccount()
	}
	last := m.decide(m.policiesFor(server), request{from: proxy, known: true, port: port, ztunnel: true})
	way.add(first.reasons...)
	way.add(last.reasons...)
	way.Access = bothAccess(first.access, last.access)
	if way.Access == Conditional {
		both := truthOf(true)
		for _, d := range []decision{first, last} {
			if d.access == Conditional {
				both = every(both, truth{value: sometimes, condition: d.when})
			}
		}
		way.Condition = both.condition.String()
	}
	return way
}

// detour is a way through the waypoint of a Service whose pods no mesh carries: the
// waypoint connects to them in the clear. What it lets through is not looked into.
func detour(client *Workload, way Way) Way {
	way.Access, way.Hops = AccessUnknown, []Hop{{From: client, Port: hbone}}
	way.Reasons = []Reason{{Text: "may pass the waypoint of the Service", Object: way.Service, Open: true}}
	return way
}

func (m *Mesh) mayDetour(service *snapshot.Object) bool {
	return m.Detours() && m.WaypointOf(service) != snapshot.Absent
}

// ServedByWaypoint reports whether a Service that leads to a workload has a waypoint, or may.
func (m *Mesh) ServedByWaypoint(w *Workload) bool {
	for _, list := range routesOf.Of(m.view, w.Namespace()).to[w.Object] {
		if slices.ContainsFunc(list, func(r route) bool { return m.mayDetour(r.object) }) {
			return true
		}
	}
	return false
}

// policiesAtWaypoint are those attached to the waypoint, to the Service that passes
// it, or by the root namespace to every waypoint.
func (m *Mesh) policiesAtWaypoint(w *waypoint, r *route) []authorizationPolicy {
	all, root := authorizationPoliciesOf.Of(m.view, struct{}{}), istioConfig.Of(m.view, struct{}{}).RootNamespace
	attached := func(p *authorizationPolicy, t *targetRef) bool {
		switch {
		case attachedTo(p, t, w.object.Namespace, w.object.Name):
			return true
		case t.Kind == "Service" && (t.Group == "" || t.Group == "core"):
			return r != nil && p.object.Namespace == r.object.Namespace && t.Name == r.object.Name
		case t.Kind == "GatewayClass" && t.Group == kinds.Gateways.Group:
			return p.object.Namespace == root && t.Name == waypointClass
		}
		return false
	}
	namespaces := []string{w.object.Namespace}
	for _, namespace := range []string{namespaceOfRoute(r), root} {
		if namespace != "" && !slices.Contains(namespaces, namespace) {
			namespaces = append(namespaces, namespace)
		}
	}
	var found []authorizationPolicy
	for _, namespace := range namespaces {
		for _, p := range all.byNamespace[namespace] {
			if slices.ContainsFunc(p.Spec.targets(), func(t targetRef) bool { return attached(&p, &t) }) {
				found = append(found, p)
			}
		}
	}
	return found
}

// attachedTo reports whether a target of a policy is a Gateway of its own namespace.
func attachedTo(p *authorizationPolicy, t *targetRef, namespace, gateway string) bool {
	return t.Kind == "Gateway" && t.Group == kinds.Gateways.Group && t.Name == gateway &&
		p.object.Namespace == namespace && (t.Namespace == "" || t.Namespace == namespace)
}

// policiesAtGateway are those that a gateway enforces: those that select its pods, and
// those attached to the Gateway that they were made for (istio pilot/pkg/model,
// WorkloadPolicyMatcher.ShouldAttachPolicy).
func (m *Mesh) policiesAtGateway(server *Workload) []authorizationPolicy {
	found := slices.Clone(m.policiesFor(server))
	of := server.Meta.Labels[gatewayName]
	if of == "" {
		return found
	}
	for _, p := range authorizationPoliciesOf.Of(m.view, struct{}{}).byNamespace[server.Namespace()] {
		if slices.ContainsFunc(p.Spec.targets(), func(t targetRef) bool { return attachedTo(&p, &t, server.Namespace(), of) }) {
			found = append(found, p)
		}
	}
	return found
}

func namespaceOfRoute(r *route) string {
	if r == nil {
		return ""
	}
	return r.object.Namespace
}

// podsOfWaypoint is the workload that istiod makes of the Gateway, or nil.
func (m *Mesh) podsOfWaypoint(w *waypoint) *Workload {
	for _, candidate := range m.list {
		if candidate.Namespace() == w.object.Namespace && candidate.Meta.Labels[gatewayName] == w.object.Name {
			return candidate
		}
	}
	return nil
}
