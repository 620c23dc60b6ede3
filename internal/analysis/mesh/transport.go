package mesh

import (
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
)

// hbone is the port on which the proxies of Istio take tunnelled connections.
const hbone = 15008

// istioVerdict is for servers whose traffic Istio carries.
func (m *Mesh) istioVerdict(client, server *Workload, port uint16) Verdict {
	var ways []Way
	routes, known := m.routesTo(server, port)
	for i := range routes {
		ways = append(ways, m.istioWay(client, server, port, &routes[i]))
	}
	if !known {
		ways = append(ways, unreadService(client, server, port))
	}
	if reason, ok := m.entersBy(server, port); ok && client != nil && client.Plane.istio() {
		ways = append(ways, openWay(client, server, port, reason))
	}
	ways = append(ways, m.istioWay(client, server, port, nil))
	if way, ok := pastZtunnel(client, server, port); ok {
		ways = append(ways, way)
	}
	return combine(ways)
}

// pastZtunnel is the way to a pod in ambient mode on which no ztunnel sees what is sent
// in the clear: to pods whose annotation says so, and from processes in the network of
// the pod's node, which are taken for the kubelet and its probes (istio cni/pkg/iptables,
// rules for the source address 169.254.7.127). Whether a client and a server are on one
// node is nobody's decision.
func pastZtunnel(client, server *Workload, port uint16) (Way, bool) {
	if server.Plane != Ambient {
		return Way{}, false
	}
	way := direct(client, server, port)
	way.Transport, way.Unguarded = PlaintextPossible, true
	value, where := server.annotation("ambient.istio.io/bypass-inbound-capture")
	if bypassed, err := strconv.ParseBool(value); err == nil && bypassed && (client == nil || client.Plane != Ambient) {
		way.Access = Allowed
		way.add(where)
		return way, true
	}
	if client != nil && client.Spec.HostNetwork {
		way.Access = Undefined
		way.add(Reason{Text: "what comes from the network of the pod's own node passes ztunnel by, as probes do", Object: client.Object, Path: client.Path + ".hostNetwork", Value: "true"})
		return way, true
	}
	return Way{}, false
}

// unreadService is the way through Services that could not be read.
func unreadService(client, server *Workload, port uint16) Way {
	return openWay(client, server, port, Reason{Text: "Services could not be read: one may lead to the port", Open: true})
}

// openWay is a way of which nothing is known.
func openWay(client, server *Workload, port uint16, why Reason) Way {
	way := direct(client, server, port)
	way.add(why)
	if server.Plane == Ambient {
		way.Hops = []Hop{{From: client, Port: hbone}} // it may have a waypoint
	}
	return way
}

// istioWay is the way through a Service, or with a nil route to the address of a pod.
func (m *Mesh) istioWay(client, server *Workload, port uint16, r *route) Way {
	way := direct(client, server, port)
	if r != nil {
		way.Service = r.object
	}
	if waypoint := m.waypointFor(client, server, r); waypoint != nil {
		return m.throughWaypoint(way, client, server, port, r, waypoint)
	}
	if reason, changed := m.filtered(server); changed && server.Plane == Sidecarred {
		way.add(reason)
		return way
	}
	m.connect(&way, client, server, port, r)
	if way.Transport == Broken {
		way.Access = Denied
		return way
	}
	if in, _ := m.proxied(server, port); in.value != always {
		way.Unguarded = in.value == never
		if way.Unguarded && way.Transport != TransportUnknown {
			way.Access = Allowed
		}
		return way
	}
	q := request{known: way.Transport != TransportUnknown, port: port, protocol: m.protocol(server, port)}
	if way.Transport == MutualTLS {
		q.from = m.identityOf(client)
	}
	m.authorize(&way, server, q)
	if way.Transport == TransportUnknown && way.Access != Denied {
		way.Access, way.Condition = AccessUnknown, "" // it may be that none works
	}
	return way
}

func (m *Mesh) protocol(server *Workload, port uint16) Protocol {
	if _, ok := m.entersBy(server, port); ok {
		return Detected
	}
	routes, _ := m.routesTo(server, port)
	return protocolOf(routes)
}

// connect decides the transport of a way: what the client's side sends against what
// the server's side takes.
func (m *Mesh) connect(way *Way, client, server *Workload, port uint16, r *route) {
	mode, why := m.mode(server, port)
	how, reasons := m.clientSends(client, server, port, r, mode)
	way.add(reasons...)
	in, exempt := m.proxied(server, port)
	if in.value == always {
		way.add(why)
		way.Transport = meet(how, mode, server.Plane)
	} else {
		way.add(exempt)
		way.Transport = meetApplication(how, in)
	}
	if way.Transport != MutualTLS {
		return
	}
	way.Identity = m.identityOf(client).String()
	if server.Plane == Ambient || client.Plane == Ambient {
		way.Hops = []Hop{{From: client, To: server, Port: hbone}}
	}
}

// identityOf is what the certificate of a workload says.
func (m *Mesh) identityOf(w *Workload) *identity {
	return &identity{domain: istioConfig.Of(m.view, struct{}{}).TrustDomain, namespace: w.Namespace(), account: w.ServiceAccount()}
}

// meet is what becomes of what a client sends at the proxy of a server (istio.io,
// "Authentication", mutual TLS modes). ztunnel takes tunnelled connections in every
// mode.
func meet(how sends, mode TLSMode, plane Plane) Transport {
	switch {
	case how == sendsMutual && plane == Ambient:
		return MutualTLS
	case how == sendsUnknown || mode == ModeUnknown:
		return TransportUnknown
	case how == sendsMutual && mode == Disable:
		return Broken
	case how == sendsMutual:
		return MutualTLS
	case mode == Strict:
		return Broken
	case how == sendsPlain:
		return PlaintextPossible
	default:
		return TransportUnknown // TLS to the application, which may serve it or not
	}
}

// meetApplication is what becomes of it at a port that passes the proxy by: mutual
// TLS of the mesh has nobody to end it (istio.io, FAQ on automatic mutual TLS and
// excludeInboundPorts).
func meetApplication(how sends, in truth) Transport {
	switch {
	case in.value != never || how == sendsUnknown || how == sendsOwnTLS:
		return TransportUnknown
	case how == sendsMutual:
		return Broken
	default:
		return PlaintextPossible
	}
}

// proxied reports whether the proxy of a server sees what comes in on a port.
func (m *Mesh) proxied(server *Workload, port uint16) (truth, Reason) {
	if server.Plane != Sidecarred {
		return truthOf(true), Reason{}
	}
	if ownPort(port) {
		return truthOf(false), ownPortReason(port)
	}
	if value, where := server.annotation("sidecar.istio.io/interceptionMode"); value == "NONE" {
		return truth{}, where // the application is reached past the proxy unless both listen elsewhere
	}
	return m.inbound(server, port)
}

// ownPort reports whether a port is one on which Istio's proxies themselves answer
// probes and serve metrics, to everybody.
func ownPort(port uint16) bool { return port == 15020 || port == 15021 || port == 15090 }

func ownPortReason(port uint16) Reason {
	return Reason{Text: "port " + strconv.Itoa(int(port)) + " is the proxy's own, for probes and metrics"}
}

// listed reports whether a list of ports, "80,443", has one.
func listed(list string, port uint16) bool {
	return slices.ContainsFunc(strings.Split(list, ","), func(p string) bool { return strings.TrimSpace(p) == strconv.Itoa(int(port)) })
}

// clientSends is how a client connects, and what decides.
func (m *Mesh) clientSends(client, server *Workload, port uint16, r *route, mode TLSMode) (sends, []Reason) {
	switch {
	case client == nil:
		return sendsPlain, []Reason{{Text: "the client is in no mesh"}}
	case !client.Plane.istio():
		return sendsPlain, []Reason{{Text: "the client is not in Istio's mesh"}, client.Why}
	case client.Plane == Ambient && server.Plane == Sidecarred:
		return m.toSidecar(server)
	case client.Plane == Ambient:
		return sendsMutual, []Reason{{Text: "ztunnel tunnels it, on port 15008"}}
	}
	switch by, reason := m.bypasses(client); by.value {
	case always:
		return sendsPlain, []Reason{reason}
	case unknown:
		if r != nil { // to the address of a pod both send in the clear
			return sendsUnknown, []Reason{reason}
		}
	}
	if reason, changed := m.filtered(client); changed {
		return sendsUnknown, []Reason{reason}
	}
	if r == nil {
		return sendsPlain, []Reason{{Text: "past the Services, the client's proxy passes on what it gets"}}
	}
	if value, where := client.annotation("sidecar.istio.io/interceptionMode"); value == "NONE" {
		return sendsUnknown, []Reason{open(where)} // it is up to the application to dial its proxy
	}
	if how, reason, decided := m.passedBy(client, r); decided {
		return how, []Reason{reason}
	}
	if reason, taken := m.takenBy(r); taken {
		return sendsUnknown, []Reason{reason}
	}
	if known, reason := m.imports(client, r); known.value != always {
		if known.value == never {
			return sendsPlain, []Reason{reason}
		}
		return sendsUnknown, []Reason{reason}
	}
	how, reason, said := m.ruled(client, r)
	switch {
	case said && server.Plane == Ambient && how != sendsMutual:
		return sendsUnknown, []Reason{reason}
	case said:
		return how, []Reason{reason}
	}
	return m.automatic(server, mode, r)
}

// toSidecar is how ztunnel connects to a sidecar: in a tunnel to those that were told to
// take them, as ambient mode's installer does, and else in the clear (istio
// pilot/pkg/serviceregistry/ambient/workloads.go, setTunnelProtocol, and the label of
// injection-template.yaml).
func (m *Mesh) toSidecar(server *Workload) (sends, []Reason) {
	config := istioConfig.Of(m.view, struct{}{})
	switch {
	case slices.Contains(strings.Split(server.Meta.Labels["networking.istio.io/tunnel"], ","), "http"):
		return sendsMutual, []Reason{{Text: "ztunnel tunnels it, on port 15008"}}
	case !config.Known:
		return sendsUnknown, []Reason{{Text: "the mesh configuration is not known", Open: true}}
	case server.Meta.Annotations["proxy.istio.io/config"] != "":
		_, where := server.annotation("proxy.istio.io/config")
		where.Open = true
		return sendsUnknown, []Reason{where}
	case config.Object != nil && !config.Tunnels:
		return sendsPlain, []Reason{{Text: "the sidecar takes no tunnels: ztunnel passes on what it gets", Object: config.Object, Path: "data.mesh"}}
	}
	return sendsMutual, []Reason{{Text: "ztunnel tunnels it, on port 15008"}}
}

// automatic is how a proxy connects of which no DestinationRule says anything
// (istio.io, "Understanding TLS Configuration", auto mTLS): as the server takes it, if
// the policies of its namespace let clients use mutual TLS at all. Of a headless
// Service istiod looks at all pods together.
func (m *Mesh) automatic(server *Workload, mode TLSMode, r *route) (sends, []Reason) {
	config := istioConfig.Of(m.view, struct{}{})
	service, why := m.ofService(r.object.Namespace)
	switch {
	case !config.Known:
		return sendsUnknown, []Reason{{Text: "the mesh configuration is not known", Open: true}}
	case server.Plane == Ambient:
		return sendsMutual, []Reason{{Text: "the server takes tunnelled connections, on port 15008"}}
	case !config.AutoMTLS:
		return sendsPlain, []Reason{{Text: "automatic mutual TLS is off", Object: config.Object, Path: "data.mesh"}}
	case mode == ModeUnknown || service == ModeUnknown:
		return sendsUnknown, nil
	case service == Disable:
		why.Text = "automatic mutual TLS follows the namespace of the server: " + why.Text
		return sendsPlain, []Reason{why}
	case r.service.Spec.ClusterIP == corev1.ClusterIPNone:
		return m.automaticHeadless(r)
	case mode == Disable:
		return sendsPlain, []Reason{{Text: "automatic mutual TLS follows the server, which takes none"}}
	default:
		return sendsMutual, []Reason{{Text: "automatic mutual TLS"}}
	}
}

// automaticHeadless is automatic for a headless Service.
func (m *Mesh) automaticHeadless(r *route) (sends, []Reason) {
	how, reasons := sendsMutual, []Reason{{Text: "automatic mutual TLS: every pod of the headless Service has a proxy"}}
	for _, w := range workload.Select(m.view, r.object.Namespace, r.service.Spec.Selector) {
		switch pods := m.byObject[w.Object]; {
		case pods == nil || pods.Plane == PlaneUnknown:
			how, reasons = sendsUnknown, []Reason{{Text: "whether every pod of the headless Service has a proxy is not known", Object: w.Object, Open: true}}
		case pods.Plane != Sidecarred:
			return sendsPlain, []Reason{{Text: "automatic mutual TLS is off for a headless Service with a pod that has no proxy", Object: w.Object}}
		}
	}
	return how, reasons
}

// passedBy reports whether annotations of the client's pods keep its proxy out of
// connections to a Service. Ranges of addresses are not compared: the addresses of
// Services and pods are rarely known.
func (m *Mesh) passedBy(client *Workload, r *route) (sends, Reason, bool) {
	const prefix = "traffic.sidecar.istio.io/"
	port := uint16(r.port.Port)
	switch left, where := m.leaves(client, port); left.value {
	case always:
		return sendsPlain, where, true
	case unknown:
		return sendsUnknown, where, true
	}
	for _, key := range []string{"excludeOutboundIPRanges", "includeOutboundIPRanges"} {
		value, where := client.annotation(prefix + key)
		included, _ := client.annotation(prefix + "includeOutboundPorts")
		if value != "" && value != "*" && !listed(included, port) {
			return sendsUnknown, where, true
		}
	}
	return sendsUnknown, Reason{}, false
}

// plainVerdict is for servers that no mesh carries. Clients reach their pods whatever
// else fails; of a client that may be in a mesh only that is said.
func (m *Mesh) plainVerdict(client, server *Workload, port uint16) Verdict {
	var ways []Way
	routes, known := m.routesTo(server, port)
	if !known && client != nil && (client.Plane == Sidecarred || client.Plane == Gateway) {
		ways = append(ways, unreadService(client, server, port))
	}
	for _, r := range routes {
		if client != nil && client.Plane == PlaneUnknown {
			break
		}
		way := direct(client, server, port)
		way.Service, way.Transport, way.Access = r.object, NotMeshed, Allowed
		if client != nil && (client.Plane == Sidecarred || client.Plane == Gateway) {
			m.toPlain(&way, client, &r)
		}
		ways = append(ways, way)
		if client != nil && client.Plane == Ambient && m.mayDetour(r.object) {
			ways = append(ways, detour(client, way))
		}
	}
	way := direct(client, server, port)
	way.Transport, way.Access = NotMeshed, Allowed
	way.add(server.Why)
	return combine(append(ways, way))
}

// toPlain applies the DestinationRule of a client to a server that no mesh carries:
// mutual TLS of the mesh breaks, TLS to the application may work.
func (m *Mesh) toPlain(way *Way, client *Workload, r *route) {
	by, past := m.bypasses(client)
	if by.value == always {
		way.add(past)
		return
	}
	if reason, changed := m.filtered(client); changed {
		way.Transport, way.Access = TransportUnknown, AccessUnknown
		way.add(reason)
		return
	}
	how, reason, said := m.ruled(client, r)
	if !said {
		return
	}
	if by.value == unknown {
		how, reason = sendsUnknown, past
	}
	way.add(reason)
	switch how {
	case sendsMutual:
		way.Transport, way.Access = Broken, Denied
	case sendsUnknown, sendsOwnTLS:
		way.Transport, way.Access = TransportUnknown, AccessUnknown
	}
}
