// Package mesh says what service meshes make of connections between workloads:
// whether they are encrypted, as whom the client appears, and which policy lets them
// through. It knows Istio with sidecars and in ambient mode, and Linkerd.
//
// A verdict is for one client, one server and one TCP port of the server's pods, as
// its containers listen on it. Its ways are what the client can dial: each Service
// that leads to the port, and the address of a pod. A proxy beside the client knows
// Services; what is sent past them leaves it in the clear, so that a server that
// accepts plaintext can be reached in the clear by its meshed clients too. That is
// what PlaintextPossible means; MutualTLS means that no way that works is in the clear.
//
// What could not be read makes the verdicts that it could change Unknown. Files that
// hold no object of a kind are taken to say that there is none, and a mesh without
// its configuration to have the defaults of its installer; a namespace that files do
// not hold has labels that nobody knows.
package mesh

import (
	"strconv"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Mesh is the workloads of a snapshot and what carries their traffic. It reads
// through the view that it was made with, and is not safe for concurrent use.
type Mesh struct {
	view *snapshot.View
	*workloads
	policies map[*Workload][]authorizationPolicy // that each enforces
	modes    map[listener]accepted
	classes  *classes
	// candidates are copies of workloads of which the plane is not known.
	candidates map[*Workload][]*Workload
}

// listener is a port of a workload, and accepted what it takes.
type listener struct {
	w    *Workload
	port uint16
}

type accepted struct {
	mode TLSMode
	why  Reason
}

// Workload is a workload and the plane that carries its traffic.
type Workload struct {
	*workload.Workload
	Plane Plane
	Why   Reason // of Plane
}

// workloads are those that make pods, in the order of workload.All.
type workloads struct {
	list     []*Workload
	byObject map[*snapshot.Object]*Workload
	byID     map[model.ID][]*Workload // several where files define one several times
}

var workloadsOf = snapshot.Memo[struct{}, *workloads]{Name: "mesh.workloads", Compute: func(v *snapshot.View, _ struct{}) *workloads {
	all := &workloads{byObject: map[*snapshot.Object]*Workload{}, byID: map[model.ID][]*Workload{}}
	for _, w := range workload.All(v) {
		if w.Object.Kind == "PodTemplate" {
			continue // makes no pods by itself
		}
		meshed := &Workload{Workload: w}
		meshed.Plane, meshed.Why = planeOf(v, w)
		all.list, all.byObject[w.Object] = append(all.list, meshed), meshed
		all.byID[w.Object.ID] = append(all.byID[w.Object.ID], meshed)
	}
	return all
}}

// Of reads the meshes of a snapshot.
func Of(v *snapshot.View) *Mesh {
	return &Mesh{view: v, workloads: workloadsOf.Of(v, struct{}{}), policies: map[*Workload][]authorizationPolicy{}, modes: map[listener]accepted{}, classes: newClasses(), candidates: map[*Workload][]*Workload{}}
}

// Workloads lists every workload that makes pods, sorted by kind, namespace and name.
func (m *Mesh) Workloads() []*Workload { return m.list }

// Find returns the workload that an object is, or nil.
func (m *Mesh) Find(object *snapshot.Object) *Workload { return m.byObject[object] }

// Ports lists the TCP ports of a workload that are declared or that a Service leads to.
func (m *Mesh) Ports(w *Workload) []uint16 { return portsOf(m.view, w.Workload) }

// Mode says what the pods of a workload of Istio accept on a port, and what decides.
func (m *Mesh) Mode(w *Workload, port uint16) (TLSMode, Reason) { return m.mode(w, port) }

// Verdict says what becomes of the connections of a client to a port of a server.
// A nil client is one that is part of no mesh, at an address that is not known.
func (m *Mesh) Verdict(client, server *Workload, port uint16) Verdict {
	switch {
	case server.Plane == NoPlane:
		return m.plainVerdict(client, server, port)
	case server.Plane == PlaneUnknown || client != nil && client.Plane == PlaneUnknown:
		return unknownVerdict(client, server, port)
	case server.Plane == Linkerd:
		return m.linkerdVerdict(client, server, port)
	case server.Plane == Gateway:
		return m.gatewayVerdict(client, server, port)
	default:
		return m.istioVerdict(client, server, port)
	}
}

// gatewayVerdict is for servers that are proxies of Istio at an edge of the mesh: what
// they encrypt is up to their Gateway objects, and who gets in up to policies.
func (m *Mesh) gatewayVerdict(client, server *Workload, port uint16) Verdict {
	way := direct(client, server, port)
	way.add(Reason{Text: "a gateway: what it serves is up to its Gateway objects", Object: server.Object})
	if ownPort(port) {
		way.Transport, way.Access, way.Unguarded = PlaintextPossible, Allowed, true
		way.add(ownPortReason(port))
		return combine([]Way{way})
	}
	if reason, changed := m.filtered(server); changed {
		way.add(reason)
		return combine([]Way{way})
	}
	decision := m.decide(m.policiesAtGateway(server), request{port: port})
	way.Access, way.Condition = decision.access, decision.when.String()
	way.add(decision.reasons...)
	return combine([]Way{way})
}

// unknownVerdict is for workloads of which nobody knows whether a mesh carries them.
func unknownVerdict(client, server *Workload, port uint16) Verdict {
	way := direct(client, server, port)
	for _, w := range []*Workload{client, server} {
		if w != nil && w.Plane == PlaneUnknown {
			way.add(open(w.Why))
		}
	}
	return combine([]Way{way})
}

// direct is the way to the address of a pod, of which nothing is known yet.
func direct(client, server *Workload, port uint16) Way {
	return Way{Hops: []Hop{{From: client, To: server, Port: port}}}
}

func (w *Way) add(reasons ...Reason) { w.Reasons = append(w.Reasons, reasons...) }

// annotation is an annotation of a workload's pods.
func (w *Workload) annotation(key string) (value string, where Reason) {
	if value = w.Meta.Annotations[key]; value == "" {
		return "", Reason{}
	}
	return value, w.annotated(key, value)
}

func (w *Workload) annotated(key, value string) Reason {
	return Reason{Text: key + " is " + strconv.Quote(value), Object: w.Object, Path: (w.MetaPath + ".annotations").Child(key), Value: value}
}

// namespaceOf reads the namespace of a workload.
func (m *Mesh) namespaceOf(name string) (labels, annotations map[string]string, known bool) {
	_, namespace, known := namespaceIn(m.view, name)
	return namespace.Labels, namespace.Annotations, known
}

// Kinds lists what verdicts read, for those who read a cluster.
func Kinds() []snapshot.GroupKind {
	const security, networking, gateway = "security.istio.io", "networking.istio.io", "gateway.networking.k8s.io"
	return []snapshot.GroupKind{
		{Kind: "ConfigMap"}, {Kind: "Namespace"}, {Kind: "Service"},
		{Kind: "Pod"}, {Kind: "PodTemplate"}, {Kind: "ReplicationController"},
		{Group: "apps", Kind: "DaemonSet"}, {Group: "apps", Kind: "Deployment"}, {Group: "apps", Kind: "ReplicaSet"}, {Group: "apps", Kind: "StatefulSet"},
		{Group: "batch", Kind: "CronJob"}, {Group: "batch", Kind: "Job"},
		{Group: gateway, Kind: "Gateway"}, {Group: gateway, Kind: "HTTPRoute"}, {Group: gateway, Kind: "GRPCRoute"},
		{Group: security, Kind: "PeerAuthentication"}, {Group: security, Kind: "AuthorizationPolicy"},
		{Group: networking, Kind: "DestinationRule"}, {Group: networking, Kind: "VirtualService"}, {Group: networking, Kind: "Sidecar"}, {Group: networking, Kind: "EnvoyFilter"}, {Group: networking, Kind: "ServiceEntry"},
		{Group: linkerdGroup, Kind: "Server"}, {Group: linkerdGroup, Kind: "ServerAuthorization"}, {Group: linkerdGroup, Kind: "AuthorizationPolicy"},
		{Group: linkerdGroup, Kind: "MeshTLSAuthentication"}, {Group: linkerdGroup, Kind: "NetworkAuthentication"}, {Group: linkerdGroup, Kind: "HTTPRoute"},
	}
}
