package generate

import (
	"holdfast.dev/holdfast/internal/analysis/exposure"
	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// exposeDoors lets in what comes over gateways of Istio, and over the routes of Gateways
// that are not about HTTP, from the pods that serve them, where they are known.
func (c *Collector) exposeDoors() {
	for _, gk := range Doors() {
		c.view.Unread(model.Scope{Group: gk.Group, Kind: gk.Kind})
	}
	doors := exposure.Of(c.view.Snapshot().View(), "")
	for i := range doors.Paths {
		p := &doors.Paths[i]
		if !isDoor(p.Way, p.Entry) || p.Target.Workload == nil {
			continue
		}
		to := target{unit: c.survey.byID[p.Target.Workload.Object.ID], port: uint16(p.Target.Port)}
		protocol, ok := netpol.ParseProtocol(string(p.Target.Protocol))
		if to.unit == nil || !ok || p.Target.Port == 0 {
			c.letIn(p.Entry, nil, protocol, nil, "on which port it leads to "+p.Target.String()+" is not known", "")
			continue
		}
		from := c.proxies(p.Proxies)
		if len(from) == 0 {
			from = []party{{anyone: true}}
			c.note("which workload serves %s is not known: it lets everyone in to its Services", p.Entry.ID)
		}
		c.letIn(p.Entry, from, protocol, []target{to}, "", "over "+p.Way.String())
	}
	for i := range doors.Broken {
		if broken := &doors.Broken[i]; isDoor(broken.Way, broken.Entry) {
			c.letIn(broken.Entry, nil, netpol.TCP, nil, broken.Reason, "")
		}
	}
}

// isDoor leaves out what expose reads itself.
func isDoor(way exposure.Way, entry *snapshot.Object) bool {
	return way == exposure.IstioGateway || way == exposure.Gateway && entry.Kind != "HTTPRoute" && entry.Kind != "GRPCRoute"
}

// Doors are the kinds of those doors, and what says where they lead.
func Doors() []snapshot.GroupKind {
	const istio, gateway = "networking.istio.io", "gateway.networking.k8s.io"
	return []snapshot.GroupKind{
		{Group: istio, Kind: "Gateway"}, {Group: istio, Kind: "VirtualService"},
		{Group: gateway, Kind: "Gateway"}, {Group: gateway, Kind: "GatewayClass"}, {Group: gateway, Kind: "ReferenceGrant"},
		{Group: gateway, Kind: "TCPRoute"}, {Group: gateway, Kind: "TLSRoute"}, {Group: gateway, Kind: "UDPRoute"},
	}
}

// proxies are the sides that workloads are.
func (c *Collector) proxies(of []*workload.Workload) []party {
	var found []party
	for _, w := range of {
		if u := c.survey.byID[w.Object.ID]; u != nil {
			found = append(found, c.placed(party{unit: u})...)
		}
	}
	return found
}
