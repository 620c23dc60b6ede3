package exposure

import (
	"fmt"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

const (
	gatewayGroup = "gateway.networking.k8s.io"
	istioGroup   = "networking.istio.io"
	ingressGroup = "networking.k8s.io"
)

// doorKinds open doors. Each can lead to pods of any namespace: a Service can be the
// name of another one, and its endpoints the addresses of any pods.
func doorKinds() []snapshot.GroupKind {
	return []snapshot.GroupKind{
		{Kind: "Service"}, {Kind: "Endpoints"}, {Group: "discovery.k8s.io", Kind: "EndpointSlice"},
		{Group: ingressGroup, Kind: "Ingress"}, {Group: "route.openshift.io", Kind: "Route"},
		{Group: gatewayGroup, Kind: "Gateway"}, {Group: gatewayGroup, Kind: "HTTPRoute"}, {Group: gatewayGroup, Kind: "GRPCRoute"},
		{Group: gatewayGroup, Kind: "TLSRoute"}, {Group: gatewayGroup, Kind: "TCPRoute"}, {Group: gatewayGroup, Kind: "UDPRoute"},
		{Group: istioGroup, Kind: "Gateway"}, {Group: istioGroup, Kind: "VirtualService"},
	}
}

// refiningKinds say more of doors: whether one is open, where it stands, to whom.
func refiningKinds() []snapshot.GroupKind {
	return []snapshot.GroupKind{
		{Kind: "Node"}, {Kind: "Namespace"}, {Group: ingressGroup, Kind: "IngressClass"},
		{Group: gatewayGroup, Kind: "GatewayClass"}, {Group: gatewayGroup, Kind: "ReferenceGrant"},
	}
}

// stranger is a kind that opens doors and is not understood here.
type stranger struct {
	snapshot.GroupKind
	anywhere bool // it can name Services of other namespaces
}

// strangeKinds lists kinds of widespread controllers that open doors in ways of their
// own. An object of one makes "no way in" Unknown where it could lead to.
func strangeKinds() []stranger {
	kind := func(group string, anywhere bool, names ...string) []stranger {
		var list []stranger
		for _, name := range names {
			list = append(list, stranger{snapshot.GroupKind{Group: group, Kind: name}, anywhere})
		}
		return list
	}
	return slices.Concat(
		kind(gatewayGroup, true, "ListenerSet"), kind("gateway.networking.x-k8s.io", true, "XListenerSet"),
		kind("traefik.io", true, "IngressRoute", "IngressRouteTCP", "IngressRouteUDP"),
		kind("traefik.containo.us", true, "IngressRoute", "IngressRouteTCP", "IngressRouteUDP"),
		kind("projectcontour.io", false, "HTTPProxy"),
		kind("configuration.konghq.com", false, "TCPIngress", "UDPIngress"),
		kind("k8s.nginx.org", true, "VirtualServer", "VirtualServerRoute", "TransportServer"),
		kind("getambassador.io", true, "Mapping", "TCPMapping"),
		kind("apisix.apache.org", false, "ApisixRoute"),
		kind("gateway.solo.io", true, "VirtualService"),
		kind("serving.knative.dev", false, "Service", "Route"),
		kind("elbv2.k8s.aws", false, "TargetGroupBinding"),
		kind("networking.cfargotunnel.com", true, "TunnelBinding"),
		kind("k8s.ngrok.com", true, "AgentEndpoint", "CloudEndpoint", "Tunnel"),
		kind("multicluster.x-k8s.io", false, "ServiceExport"),
		kind("cilium.io", true, "CiliumEnvoyConfig", "CiliumClusterwideEnvoyConfig"),
	)
}

// Kinds lists every kind that the Model reads, workloads and pods included.
func Kinds() []snapshot.GroupKind {
	all := slices.Concat(doorKinds(), refiningKinds(), workloadKinds())
	for _, s := range strangeKinds() {
		all = append(all, s.GroupKind)
	}
	return all
}

// ignorance is why paths may be missing from a Model.
type ignorance struct {
	unsupplied []string // kinds
	reasons    []string
	unread     string // the first reason, where kinds of a cluster, or parts of files, were not read
}

func workloadKinds() []snapshot.GroupKind {
	var list []snapshot.GroupKind
	for _, name := range workload.Kinds() {
		group, kind, found := strings.Cut(name, "/")
		if !found {
			group, kind = "", name
		}
		list = append(list, snapshot.GroupKind{Group: group, Kind: kind})
	}
	return list
}

// mostNamed is how many kinds a reason names.
const mostNamed = 3

// unknown says which of the kinds that open doors are not completely known. In a
// running cluster the view then misses them. Of files, which rarely have every kind,
// it misses only what could not be read.
func (b *builder) unknown() ignorance {
	var found ignorance
	var unread []string
	for _, gk := range doorKinds() {
		scope := model.Scope{Cluster: b.v.Settings().Cluster, Group: gk.Group, Kind: gk.Kind}
		switch {
		case b.v.Unread(scope):
			unread = append(unread, gk.String())
		case !b.v.Snapshot().Listed(scope):
			if b.live {
				b.v.Complete(scope)
			}
			found.unsupplied = append(found.unsupplied, gk.String())
		case b.failed[scope]:
			found.reasons = append(found.reasons, fmt.Sprintf("some %s could not be understood", gk))
		}
	}
	for _, s := range strangeKinds() {
		if b.v.Unread(model.Scope{Group: s.Group, Kind: s.Kind}) {
			unread = append(unread, s.String())
		}
	}
	if !workload.Complete(b.v, "") {
		unread = append(unread, "workloads")
	}
	if n := len(unread); n > mostNamed {
		unread = append(unread[:mostNamed:mostNamed], fmt.Sprintf("%d more kinds", n-mostNamed))
	}
	if len(unread) > 0 {
		found.unread = "not all was read of " + strings.Join(unread, ", ")
		found.reasons = append(found.reasons, found.unread)
	} else if b.live && len(found.unsupplied) > 0 {
		found.unread = "not all was read of " + found.unsupplied[0]
	}
	return found
}

// knows reports whether every object of a kind is known in a namespace, or with "" in
// all. What is not supplied in files the view does not miss.
func (b *builder) knows(group, kind, namespace string) bool {
	scope := model.Scope{Cluster: b.v.Settings().Cluster, Group: group, Kind: kind, Namespace: namespace}
	switch {
	case b.v.Unread(scope), b.failed[scope]:
		return false
	case b.live:
		return b.v.Complete(scope)
	default:
		return b.v.Snapshot().Listed(scope)
	}
}

// strangers notes the objects that open doors in a way that is not understood, where
// they can lead to.
func (b *builder) strangers() {
	for _, s := range strangeKinds() {
		for _, object := range b.v.Objects(s.GroupKind, "") {
			namespace := b.home(object)
			if s.anywhere {
				namespace = ""
			}
			b.obscure(namespace, fmt.Sprintf("what %s opens is not understood", object.ID))
			if s.anywhere {
				break // one says it all
			}
		}
	}
}

// spread carries what is not understood in a namespace on to those that Services of it
// lead to, by the name of another Service or by the addresses of pods, and from where
// a proxy of Istio stands to everywhere. It goes on until nothing is new.
func (b *builder) spread() {
	links := b.links()
	for again := true; again; {
		again = false
		for _, link := range links {
			before := len(b.obscured[link[1]])
			for _, reason := range b.obscured[link[0]] {
				b.obscure(link[1], reason)
			}
			again = again || len(b.obscured[link[1]]) > before
		}
	}
}

// links are the pairs of namespaces of which the first leads to the second, "" being
// all of them.
func (b *builder) links() [][2]string {
	var links [][2]string
	add := func(from, to string) {
		if from != to {
			links = append(links, [2]string{from, to})
		}
	}
	for key, list := range b.services {
		for _, s := range list {
			if to, ok := serviceOfHost(s.spec.Spec.ExternalName, ""); ok {
				add(key.namespace, to.namespace)
			}
		}
	}
	for key, ends := range b.endpoints {
		for i := range ends {
			for _, w := range b.podsAt(ends[i].address) {
				add(key.namespace, w.Object.Namespace)
			}
		}
	}
	for _, namespace := range b.unreached {
		add(namespace, "")
	}
	return links
}
