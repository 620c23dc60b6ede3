package exposure

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// gateway is a Gateway of the snapshot.
type gateway struct {
	object *snapshot.Object
	spec   *gatewayv1.Gateway
}

// grant is a ReferenceGrant of the snapshot.
type grant struct {
	object *snapshot.Object
	spec   *gatewayv1.ReferenceGrant
}

// answer is yes, no, or not known.
type answer uint8

const (
	notKnown answer = iota
	no
	yes
)

// gateways adds the paths that routes open through Gateways.
func (b *builder) gateways() {
	byName := map[serviceName][]gateway{}
	for object, spec := range each(b, kinds.Gateways) {
		key := serviceName{b.home(object), object.Name}
		byName[key] = append(byName[key], gateway{object, spec})
	}
	for object, spec := range each(b, referenceGrants) {
		b.grants[b.home(object)] = append(b.grants[b.home(object)], grant{object, spec})
	}
	for r := range b.routes() {
		for i := range r.parents {
			ref := &r.parents[i]
			if !isGateway(ref) {
				continue // a Service of a mesh, or a kind that is not understood
			}
			key := serviceName{r.namespace, string(ref.Name)}
			if ref.Namespace != nil {
				key.namespace = string(*ref.Namespace)
			}
			at := model.Path("spec.parentRefs").Index(i)
			found := byName[key]
			if len(found) == 0 {
				b.withoutGateway(r, key, at)
			}
			for n := range found {
				b.attach(r, ref, at, &found[n])
			}
		}
	}
}

func isGateway(ref *gatewayv1.ParentReference) bool {
	return (ref.Kind == nil || *ref.Kind == "Gateway") && (ref.Group == nil || *ref.Group == gatewayGroup)
}

// withoutGateway handles a route to a Gateway that is not here: where it may exist,
// the route is perhaps a way in, over which nothing else is known.
func (b *builder) withoutGateway(r *route, key serviceName, at model.Path) {
	shown := r.object.Evidence(at+".name", key.name)
	if b.knows(gatewayGroup, "Gateway", key.namespace) {
		b.breaks(Gateway, r.object, fmt.Sprintf("Gateway %s/%s does not exist", key.namespace, key.name), shown)
		return
	}
	door := Path{
		Way: Gateway, Entry: r.object, Protocol: r.protocol, Possible: true, Evidence: []model.Evidence{shown},
		Conditions: []string{fmt.Sprintf("Gateway %s/%s, which was not read, takes the route", key.namespace, key.name)},
	}
	b.routeBackends(r, door, r.hosts)
}

// attach adds the paths of a route over the listeners of a Gateway that take it.
func (b *builder) attach(r *route, ref *gatewayv1.ParentReference, at model.Path, g *gateway) {
	taken, refusal := false, "no listener of "+g.object.ID.String()+" has the section and port that the route names"
	for i := range g.spec.Spec.Listeners {
		l := &g.spec.Spec.Listeners[i]
		if ref.SectionName != nil && *ref.SectionName != l.Name || ref.Port != nil && *ref.Port != l.Port {
			continue
		}
		hosts, meets := commonHosts(l, r)
		admitted := b.admits(l, b.home(g.object), r.namespace)
		switch {
		case !takesKind(l, r.object.Kind):
			refusal = fmt.Sprintf("listener %s of %s takes no %s", l.Name, g.object.ID, r.object.Kind)
		case admitted == no:
			refusal = fmt.Sprintf("listener %s of %s takes no routes of namespace %s", l.Name, g.object.ID, r.namespace)
		case !meets:
			refusal = fmt.Sprintf("no host name of the route is one of listener %s of %s", l.Name, g.object.ID)
		default:
			taken = true
			door := b.listenerDoor(r, at, g, i)
			if admitted == notKnown {
				door.Possible = true
				door.Conditions = append(door.Conditions, fmt.Sprintf("the labels of namespace %s are those that listener %s wants", r.namespace, l.Name))
			}
			b.routeBackends(r, door, hosts)
		}
	}
	if !taken {
		b.breaks(Gateway, r.object, refusal, r.object.Evidence(at+".name", g.object.Name), g.object.Evidence("spec.listeners", ""))
	}
}

// listenerDoor is the door that one listener is for a route.
func (b *builder) listenerDoor(r *route, at model.Path, g *gateway, index int) Path {
	l := &g.spec.Spec.Listeners[index]
	listener := model.Path("spec.listeners").Index(index)
	door := Path{
		Way: Gateway, Entry: r.object, Protocol: r.protocol, Port: l.Port, Sources: Sources{Audience: Anyone},
		Evidence: []model.Evidence{
			r.object.Evidence(at+".name", g.object.Name),
			g.object.Evidence(listener+".port", portText(l.Port)), g.object.Evidence(listener+".protocol", string(l.Protocol)),
		},
		Conditions: []string{"the implementation of GatewayClass " + string(g.spec.Spec.GatewayClassName) + " runs and can be reached"},
	}
	door.Proxies = workload.Select(b.v, b.home(g.object), map[string]string{gatewayLabel: g.object.Name})
	for i := range g.spec.Status.Addresses {
		door.Addresses = append(door.Addresses, g.spec.Status.Addresses[i].Value)
	}
	if len(door.Addresses) == 0 {
		for i := range g.spec.Spec.Addresses {
			if value := g.spec.Spec.Addresses[i].Value; value != "" {
				door.Addresses = append(door.Addresses, value)
			}
		}
	}
	door.TLS.Mode = listenerTLS(l)
	if door.TLS.Mode == TLSTerminated || door.TLS.Mode == TLSPassthrough {
		mode := ""
		if l.TLS != nil && l.TLS.Mode != nil {
			mode = string(*l.TLS.Mode)
		}
		door.Evidence = append(door.Evidence, g.object.Evidence(listener+".tls.mode", mode))
	}
	if frontend := g.spec.Spec.TLS; frontend != nil && frontend.Frontend != nil && demandsCertificate(frontend.Frontend, l.Port) {
		door.Conditions = append(door.Conditions, "the client has a certificate")
		door.Evidence = append(door.Evidence, g.object.Evidence("spec.tls.frontend", ""))
	}
	if b.live && b.classMissing(g) {
		door.Possible = true
		door.Conditions = append(door.Conditions, "somebody serves the class, of which there is no GatewayClass")
	}
	return door
}

func (b *builder) classMissing(g *gateway) bool {
	_, _, presence := snapshot.Get(b.v, gatewayClasses, "", string(g.spec.Spec.GatewayClassName))
	return presence == snapshot.Absent
}

var gatewayClasses = kinds.Of[gatewayv1.GatewayClass](gatewayGroup, "GatewayClass")

// demandsCertificate reports whether clients of a port need a valid certificate.
func demandsCertificate(f *gatewayv1.FrontendTLSConfig, port int32) bool {
	validation := f.Default.Validation
	for i := range f.PerPort {
		if f.PerPort[i].Port == port {
			validation = f.PerPort[i].TLS.Validation
		}
	}
	return validation != nil && validation.Mode != gatewayv1.AllowInsecureFallback
}

func listenerTLS(l *gatewayv1.Listener) TLSMode {
	passthrough := l.TLS != nil && l.TLS.Mode != nil && *l.TLS.Mode == gatewayv1.TLSModePassthrough
	switch l.Protocol {
	case gatewayv1.HTTPProtocolType:
		return TLSNone
	case gatewayv1.HTTPSProtocolType, gatewayv1.TLSProtocolType:
		if passthrough {
			return TLSPassthrough
		}
		return TLSTerminated
	case gatewayv1.TCPProtocolType, gatewayv1.UDPProtocolType:
		return TLSByPod
	default:
		return TLSUnknown // a protocol of the implementation
	}
}

// takesKind reports whether a listener takes routes of a kind: those it lists, else
// those of its protocol. Of a protocol that the API does not define any may be.
func takesKind(l *gatewayv1.Listener, kind string) bool {
	if l.AllowedRoutes != nil && len(l.AllowedRoutes.Kinds) > 0 {
		return slices.ContainsFunc(l.AllowedRoutes.Kinds, func(k gatewayv1.RouteGroupKind) bool {
			return string(k.Kind) == kind && (k.Group == nil || *k.Group == gatewayGroup)
		})
	}
	switch l.Protocol {
	case gatewayv1.HTTPProtocolType, gatewayv1.HTTPSProtocolType:
		return kind == "HTTPRoute" || kind == "GRPCRoute"
	case gatewayv1.TLSProtocolType:
		return kind == "TLSRoute" || kind == "TCPRoute"
	case gatewayv1.TCPProtocolType:
		return kind == "TCPRoute"
	case gatewayv1.UDPProtocolType:
		return kind == "UDPRoute"
	default:
		return true
	}
}

// admits says whether a listener takes routes of a namespace.
func (b *builder) admits(l *gatewayv1.Listener, own, namespace string) answer {
	from := gatewayv1.NamespacesFromSame
	var selector *metav1.LabelSelector
	if l.AllowedRoutes != nil && l.AllowedRoutes.Namespaces != nil {
		if l.AllowedRoutes.Namespaces.From != nil {
			from = *l.AllowedRoutes.Namespaces.From
		}
		selector = l.AllowedRoutes.Namespaces.Selector
	}
	switch {
	case from == gatewayv1.NamespacesFromAll, from == gatewayv1.NamespacesFromSame && own == namespace:
		return yes
	case from == gatewayv1.NamespacesFromSelector:
		return b.namespaceHas(namespace, selector)
	default:
		return no
	}
}

// namespaceHas says whether a namespace has the labels that a selector wants. What an
// implied namespace is labelled with is not known, but for its name.
func (b *builder) namespaceHas(namespace string, selector *metav1.LabelSelector) answer {
	matcher, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		return notKnown
	}
	object := b.v.Snapshot().Lookup(model.ID{Cluster: b.v.Settings().Cluster, Kind: "Namespace", Name: namespace})
	b.v.Unread(model.Scope{Kind: "Namespace"})
	set := labels.Set{corev1.LabelMetadataName: namespace}
	partial := object == nil || object.Partial
	if object != nil {
		spec, err := kinds.Namespaces.Read(object)
		if err != nil {
			return notKnown
		}
		for key, value := range spec.Labels {
			set[key] = value
		}
	}
	switch {
	case !partial && matcher.Matches(set):
		return yes
	case !partial:
		return no
	case onlyByName(matcher):
		if matcher.Matches(set) {
			return yes
		}
		return no
	default:
		return notKnown
	}
}

func onlyByName(matcher labels.Selector) bool {
	requirements, _ := matcher.Requirements()
	return !slices.ContainsFunc(requirements, func(r labels.Requirement) bool { return r.Key() != corev1.LabelMetadataName })
}

// commonHosts are the host names that a listener and a route have in common, nil for
// any; meets is false where there are none.
func commonHosts(l *gatewayv1.Listener, r *route) (hosts []string, meets bool) {
	listener := ""
	if l.Hostname != nil {
		listener = string(*l.Hostname)
	}
	switch {
	case r.protocol != corev1.ProtocolTCP || r.object.Kind == "TCPRoute":
		return nil, true // without names
	case len(r.hosts) == 0 && listener == "":
		return nil, true
	case len(r.hosts) == 0:
		return []string{listener}, true
	case listener == "":
		return r.hosts, true
	}
	for _, host := range r.hosts {
		switch {
		case within(host, listener):
			hosts = append(hosts, host)
		case within(listener, host):
			hosts = append(hosts, listener)
		}
	}
	return hosts, len(hosts) > 0
}

// within reports whether every name that a host stands for is one of a pattern. A
// wildcard of the Gateway API stands for one or more labels.
func within(host, pattern string) bool {
	if strings.EqualFold(host, pattern) {
		return true
	}
	suffix, wildcard := strings.CutPrefix(strings.ToLower(pattern), "*")
	return wildcard && strings.HasSuffix(strings.TrimPrefix(strings.ToLower(host), "*"), suffix) && len(strings.TrimPrefix(host, "*")) >= len(suffix)
}
