package exposure

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// The parts of Istio's kinds that are read here; see the protobuf definitions in
// istio.io/api/networking/v1. Every version of a kind has the same shape.
type istioGateway struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              struct {
		Selector map[string]string `json:"selector"`
		Servers  []istioServer     `json:"servers"`
	} `json:"spec"`
}

type istioServer struct {
	Port struct {
		Number   int32  `json:"number"`
		Protocol string `json:"protocol"`
	} `json:"port"`
	Hosts []string `json:"hosts"`
	TLS   *struct {
		HTTPSRedirect bool   `json:"httpsRedirect"`
		Mode          string `json:"mode"`
	} `json:"tls"`
}

type virtualService struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              struct {
		Hosts    []string      `json:"hosts"`
		Gateways []string      `json:"gateways"`
		HTTP     []virtualRule `json:"http"`
		TLS      []virtualRule `json:"tls"`
		TCP      []virtualRule `json:"tcp"`
	} `json:"spec"`
}

// virtualRule is a rule of any protocol.
type virtualRule struct {
	Match []struct {
		URI *struct {
			Exact  string `json:"exact"`
			Prefix string `json:"prefix"`
			Regex  string `json:"regex"`
		} `json:"uri"`
		Gateways []string `json:"gateways"`
		Port     int32    `json:"port"`
	} `json:"match"`
	Route    []virtualRoute      `json:"route"`
	Redirect *struct{}           `json:"redirect"`
	Direct   *struct{}           `json:"directResponse"`
	Delegate *struct{}           `json:"delegate"`
	Mirror   *virtualDestination `json:"mirror"`
	Mirrors  []virtualRoute      `json:"mirrors"`
}

type virtualRoute struct {
	Destination virtualDestination `json:"destination"`
	Weight      *int32             `json:"weight"`
}

type virtualDestination struct {
	Host string `json:"host"`
	Port *struct {
		Number int32 `json:"number"`
	} `json:"port"`
}

var (
	istioGateways   = kinds.Of[istioGateway](istioGroup, "Gateway")
	virtualServices = kinds.Of[virtualService](istioGroup, "VirtualService")
)

// istioDoor is a server of a Gateway, with the way to the pods that serve it.
type istioDoor struct {
	namespace string       // of the Gateway
	server    *istioServer // nil: not known
	door      Path
}

// istio adds the paths of VirtualServices that Gateways serve. It comes last: the pods
// of a Gateway are reached like any others.
func (b *builder) istio() {
	doors := map[serviceName][]istioDoor{}
	reached := b.reachedWorkloads()
	for object, g := range each(b, istioGateways) {
		key := serviceName{b.home(object), object.Name}
		for i := range g.Spec.Servers {
			doors[key] = append(doors[key], b.istioDoors(object, g, i, reached)...)
		}
		if len(doors[key]) == 0 {
			b.breaks(IstioGateway, object, "nothing outside leads to the pods of the Gateway", object.Evidence("spec.selector", labelText(g.Spec.Selector)))
		}
	}
	for object, vs := range each(b, virtualServices) {
		for i, name := range vs.Spec.Gateways {
			if name == "mesh" {
				continue
			}
			key := gatewayKey(name, b.home(object))
			shown := object.Evidence(model.Path("spec.gateways").Index(i), name)
			found := doors[key]
			if len(found) == 0 {
				b.withoutIstioGateway(object, vs, key, name, shown)
			}
			for n := range found {
				b.virtual(object, vs, name, shown, &found[n])
			}
		}
	}
}

// gatewayKey is the Gateway that a VirtualService names: "namespace/name", or a name
// in its own namespace.
func gatewayKey(name, own string) serviceName {
	if namespace, rest, ok := strings.Cut(name, "/"); ok {
		if namespace == "." {
			namespace = own
		}
		return serviceName{namespace, rest}
	}
	return serviceName{own, name}
}

// withoutIstioGateway handles a VirtualService of a Gateway that is not here, or that
// nothing leads to.
func (b *builder) withoutIstioGateway(object *snapshot.Object, vs *virtualService, key serviceName, name string, shown model.Evidence) {
	if b.knows(istioGroup, "Gateway", key.namespace) {
		b.breaks(IstioGateway, object, fmt.Sprintf("Gateway %s/%s does not exist, or nothing leads to it", key.namespace, key.name), shown)
		return
	}
	door := istioDoor{door: Path{
		Way: IstioGateway, Entry: object, Protocol: corev1.ProtocolTCP, Possible: true,
		Conditions: []string{fmt.Sprintf("Gateway %s/%s, which was not read, serves the host", key.namespace, key.name)},
	}}
	b.virtual(object, vs, name, shown, &door)
}

// reachedWorkloads are the paths found so far, by workload.
func (b *builder) reachedWorkloads() map[*workload.Workload][]int {
	reached := map[*workload.Workload][]int{}
	for i := range b.paths {
		if w := b.paths[i].Target.Workload; w != nil {
			reached[w] = append(reached[w], i)
		}
	}
	return reached
}

// istioDoors are the ways to one server of a Gateway: those to the pods that its
// selector means, in any namespace. Where its pods are not here the way is not known.
func (b *builder) istioDoors(object *snapshot.Object, g *istioGateway, index int, reached map[*workload.Workload][]int) []istioDoor {
	server := &g.Spec.Servers[index]
	at := model.Path("spec.servers").Index(index)
	base := Path{
		Way: IstioGateway, Protocol: corev1.ProtocolTCP, Port: server.Port.Number, TLS: istioTLS(server),
		Evidence: []model.Evidence{object.Evidence(at+".port.number", portText(server.Port.Number)), object.Evidence(at+".port.protocol", server.Port.Protocol)},
	}
	if server.TLS != nil {
		base.Evidence = append(base.Evidence, object.Evidence(at+".tls.mode", server.TLS.Mode))
		if server.TLS.HTTPSRedirect {
			return nil // it only sends clients to HTTPS
		}
		if strings.HasSuffix(server.TLS.Mode, "MUTUAL") {
			base.Conditions = append(base.Conditions, "the client has a certificate")
		}
	}
	var doors []istioDoor
	pods := b.matching(labels.SelectorFromSet(g.Spec.Selector))
	for _, w := range pods {
		for _, i := range reached[w] {
			if outer := &b.paths[i]; outer.Port == server.Port.Number || outer.Target.Port == server.Port.Number || outer.Target.Port == 0 || b.balances(outer, server.Port.Number) {
				doors = append(doors, istioDoor{namespace: b.home(object), server: server, door: through(base, outer)})
			}
		}
	}
	if len(doors) == 0 {
		for _, w := range pods {
			b.unreached = append(b.unreached, w.Object.Namespace)
		}
	}
	if len(pods) == 0 && !(b.live && workload.Complete(b.v, "")) {
		base.Sources.Audience = Anyone
		base.Conditions = append(base.Conditions, "pods labelled "+labelText(g.Spec.Selector)+", which were not read, serve the Gateway and can be reached")
		return []istioDoor{{namespace: b.home(object), server: server, door: base}}
	}
	return doors
}

// balances reports whether a node port or the like leads to the port of the Service
// that a server names.
func (b *builder) balances(outer *Path, number int32) bool {
	if outer.Service == nil {
		return false
	}
	s, err := kinds.Services.Read(outer.Service)
	return err == nil && slices.ContainsFunc(s.Spec.Ports, func(p corev1.ServicePort) bool {
		return p.Port == number && (p.TargetPort.IntVal == outer.Target.Port || p.TargetPort.StrVal != "" && p.TargetPort.StrVal == outer.Target.Name)
	})
}

// through is the door of a server that a path leads to.
func through(base Path, outer *Path) Path {
	door := base
	door.Port, door.Addresses, door.Sources = outer.Port, outer.Addresses, outer.Sources
	door.ExternalTrafficPolicy = outer.ExternalTrafficPolicy
	door.Possible = outer.Possible
	door.Proxies = []*workload.Workload{outer.Target.Workload}
	door.Evidence = slices.Concat(outer.Evidence, base.Evidence)
	door.Conditions = slices.Concat(outer.Conditions, base.Conditions)
	return door
}

// matching are the workloads whose pods a selector means, in any namespace. An empty
// selector means all.
func (b *builder) matching(selector labels.Selector) []*workload.Workload {
	var list []*workload.Workload
	for _, w := range workload.All(b.v) {
		if w.Object.Kind != "PodTemplate" && selector.Matches(labels.Set(w.Meta.Labels)) {
			list = append(list, w)
		}
	}
	return list
}

func istioTLS(s *istioServer) TLS {
	if s.TLS == nil {
		switch strings.ToUpper(s.Port.Protocol) {
		case "HTTP", "HTTP2", "GRPC", "GRPC-WEB", "MONGO", "MYSQL", "REDIS":
			return TLS{Mode: TLSNone}
		case "TCP":
			return TLS{Mode: TLSByPod}
		default:
			return TLS{}
		}
	}
	switch s.TLS.Mode {
	case "PASSTHROUGH", "AUTO_PASSTHROUGH":
		return TLS{Mode: TLSPassthrough}
	case "":
		return TLS{Mode: TLSNone}
	default:
		return TLS{Mode: TLSTerminated}
	}
}

// virtual adds the paths of a VirtualService over one server of a Gateway.
func (b *builder) virtual(object *snapshot.Object, vs *virtualService, name string, shown model.Evidence, d *istioDoor) {
	hosts := []string{""}
	if d.server != nil {
		if hosts = d.hosts(b.home(object), vs.Spec.Hosts); len(hosts) == 0 {
			return
		}
	} else if len(vs.Spec.Hosts) > 0 {
		hosts = vs.Spec.Hosts
	}
	d.door.Entry = object
	for _, list := range []struct {
		field model.Path
		rules []virtualRule
	}{{"spec.http", vs.Spec.HTTP}, {"spec.tls", vs.Spec.TLS}, {"spec.tcp", vs.Spec.TCP}} {
		for i := range list.rules {
			rule := &list.rules[i]
			urls, applies := rule.urls(name)
			if !applies {
				continue
			}
			at := list.field.Index(i)
			if rule.Delegate != nil {
				b.obscure("", "what "+object.ID.String()+" delegates to is not understood")
			}
			for _, to := range rule.destinations(at) {
				b.virtualBackend(object, to, shown, d, hosts, urls)
			}
		}
	}
}

// hosts are the names that a server serves for a VirtualService of a namespace. A
// server's host is "namespace/name", with "." for its own namespace and "*" for any.
func (d *istioDoor) hosts(namespace string, names []string) []string {
	var hosts []string
	for _, text := range d.server.Hosts {
		from, pattern, ok := strings.Cut(text, "/")
		if !ok {
			from, pattern = "*", text
		}
		if from == "." {
			from = d.namespace
		}
		if from != "*" && from != namespace {
			continue
		}
		for _, name := range names {
			switch {
			case pattern == "*" || within(name, pattern):
				hosts = append(hosts, name)
			case name == "*" || within(pattern, name):
				hosts = append(hosts, pattern)
			}
		}
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// urls are what requests of a rule begin with or match, and whether the rule holds at
// a Gateway.
func (r *virtualRule) urls(gateway string) (urls []string, applies bool) {
	if len(r.Match) == 0 {
		return []string{""}, true
	}
	for i := range r.Match {
		m := &r.Match[i]
		if len(m.Gateways) > 0 && !slices.Contains(m.Gateways, gateway) {
			continue
		}
		url := ""
		if m.URI != nil {
			url = m.URI.Exact + m.URI.Prefix + m.URI.Regex // one of them
		}
		urls = append(urls, url)
	}
	return urls, len(urls) > 0
}

// placed is a destination and where it stands.
type placed struct {
	*virtualDestination
	at     model.Path
	mirror bool
}

func (r *virtualRule) destinations(at model.Path) []placed {
	var list []placed
	if r.Redirect == nil && r.Direct == nil {
		for i := range r.Route {
			if to := &r.Route[i]; to.Weight == nil || *to.Weight > 0 || len(r.Route) == 1 {
				list = append(list, placed{&to.Destination, (at + ".route").Index(i) + ".destination", false})
			}
		}
	}
	if r.Mirror != nil {
		list = append(list, placed{r.Mirror, at + ".mirror", true})
	}
	for i := range r.Mirrors {
		list = append(list, placed{&r.Mirrors[i].Destination, (at + ".mirrors").Index(i) + ".destination", true})
	}
	return list
}

func (b *builder) virtualBackend(object *snapshot.Object, to placed, shown model.Evidence, d *istioDoor, hosts, urls []string) {
	dest := object.Evidence(to.at+".host", to.Host)
	key, ok := serviceOfHost(to.Host, b.home(object))
	if !ok {
		b.breaks(IstioGateway, object, to.Host+" is no name of a Service", dest)
		return
	}
	door := d.door
	door.Evidence = append(door.Evidence[:len(door.Evidence):len(door.Evidence)], shown)
	if to.mirror {
		door.Conditions = append(door.Conditions[:len(door.Conditions):len(door.Conditions)], "requests are mirrored: the client sees no answer")
	}
	found := b.backends(key, func(p *corev1.ServicePort) bool { return to.Port == nil || p.Port == to.Port.Number })
	for i := range found {
		if len(found[i].targets) == 0 {
			b.breaks(IstioGateway, object, found[i].reason, append([]model.Evidence{dest}, found[i].evidence...)...)
			continue
		}
		b.addRoute(found[i], door, dest, hosts, urls)
	}
}
