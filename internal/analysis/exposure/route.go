package exposure

import (
	"fmt"
	"iter"
	"slices"

	corev1 "k8s.io/api/core/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// The routes without a reader in package kinds. Their versions have one shape: that of
// v1.
var (
	tlsRoutes       = kinds.Of[gatewayv1.TLSRoute](gatewayGroup, "TLSRoute")
	tcpRoutes       = kinds.Of[gatewayv1.TCPRoute](gatewayGroup, "TCPRoute")
	udpRoutes       = kinds.Of[gatewayv1.UDPRoute](gatewayGroup, "UDPRoute")
	referenceGrants = kinds.Of[gatewayv1.ReferenceGrant](gatewayGroup, "ReferenceGrant")
)

// route is a route of the Gateway API, whatever its kind.
type route struct {
	object    *snapshot.Object
	namespace string
	parents   []gatewayv1.ParentReference
	hosts     []string
	protocol  corev1.Protocol
	rules     []routeRule
}

// routeRule is one rule of a route: what it matches, and where it sends that.
type routeRule struct {
	urls []string // nil: any
	to   []routeBackend
}

// routeBackend is one backend of a rule and where it stands.
type routeBackend struct {
	ref    *gatewayv1.BackendObjectReference
	at     model.Path
	mirror bool // it gets copies; nobody sees its answers
}

// routes iterates over the routes of every kind.
func (b *builder) routes() iter.Seq[*route] {
	return func(yieldRoute func(*route) bool) {
		yield := func(r *route) bool {
			r.namespace = b.home(r.object)
			return yieldRoute(r)
		}
		for object, r := range each(b, kinds.HTTPRoutes) {
			if !yield(httpRoute(object, r)) {
				return
			}
		}
		for object, r := range each(b, kinds.GRPCRoutes) {
			if !yield(grpcRoute(object, r)) {
				return
			}
		}
		for object, r := range each(b, tlsRoutes) {
			made := &route{object: object, parents: r.Spec.ParentRefs, hosts: hostTexts(r.Spec.Hostnames), protocol: corev1.ProtocolTCP}
			for i := range r.Spec.Rules {
				made.rules = append(made.rules, plainRule(i, r.Spec.Rules[i].BackendRefs))
			}
			if !yield(made) {
				return
			}
		}
		for object, r := range each(b, tcpRoutes) {
			made := &route{object: object, parents: r.Spec.ParentRefs, protocol: corev1.ProtocolTCP}
			for i := range r.Spec.Rules {
				made.rules = append(made.rules, plainRule(i, r.Spec.Rules[i].BackendRefs))
			}
			if !yield(made) {
				return
			}
		}
		for object, r := range each(b, udpRoutes) {
			made := &route{object: object, parents: r.Spec.ParentRefs, protocol: corev1.ProtocolUDP}
			for i := range r.Spec.Rules {
				made.rules = append(made.rules, plainRule(i, r.Spec.Rules[i].BackendRefs))
			}
			if !yield(made) {
				return
			}
		}
	}
}

func hostTexts(names []gatewayv1.Hostname) []string {
	var hosts []string
	for _, name := range names {
		hosts = append(hosts, string(name))
	}
	return hosts
}

func rulePath(i int) model.Path { return model.Path("spec.rules").Index(i) }

// used reports whether a backend gets requests: one of weight 0 gets none.
func used(ref *gatewayv1.BackendRef) bool { return ref.Weight == nil || *ref.Weight > 0 }

func plainRule(i int, refs []gatewayv1.BackendRef) routeRule {
	var rule routeRule
	for j := range refs {
		if used(&refs[j]) {
			rule.to = append(rule.to, routeBackend{ref: &refs[j].BackendObjectReference, at: (rulePath(i) + ".backendRefs").Index(j)})
		}
	}
	return rule
}

func httpRoute(object *snapshot.Object, r *gatewayv1.HTTPRoute) *route {
	made := &route{object: object, parents: r.Spec.ParentRefs, hosts: hostTexts(r.Spec.Hostnames), protocol: corev1.ProtocolTCP}
	for i := range r.Spec.Rules {
		rule := &r.Spec.Rules[i]
		built := routeRule{urls: httpURLs(rule.Matches)}
		refs := rule.BackendRefs
		if redirects(rule.Filters) {
			refs = nil // the gateway answers by itself
		}
		for j := range refs {
			at := (rulePath(i) + ".backendRefs").Index(j)
			if used(&refs[j].BackendRef) {
				built.to = append(built.to, routeBackend{ref: &refs[j].BackendObjectReference, at: at})
				built.to = append(built.to, mirrors(refs[j].Filters, at+".filters")...)
			}
		}
		built.to = append(built.to, mirrors(rule.Filters, rulePath(i)+".filters")...)
		made.rules = append(made.rules, built)
	}
	return made
}

func redirects(filters []gatewayv1.HTTPRouteFilter) bool {
	return slices.ContainsFunc(filters, func(f gatewayv1.HTTPRouteFilter) bool { return f.RequestRedirect != nil })
}

// mirrors are the backends that get a copy of each request.
func mirrors(filters []gatewayv1.HTTPRouteFilter, at model.Path) []routeBackend {
	var list []routeBackend
	for i := range filters {
		if m := filters[i].RequestMirror; m != nil {
			list = append(list, routeBackend{ref: &m.BackendRef, at: at.Index(i) + ".requestMirror.backendRef", mirror: true})
		}
	}
	return list
}

func httpURLs(matches []gatewayv1.HTTPRouteMatch) []string {
	var urls []string
	for i := range matches {
		p := matches[i].Path
		if p == nil || p.Value == nil {
			return nil
		}
		urls = append(urls, *p.Value)
	}
	return urls
}

func grpcRoute(object *snapshot.Object, r *gatewayv1.GRPCRoute) *route {
	made := &route{object: object, parents: r.Spec.ParentRefs, hosts: hostTexts(r.Spec.Hostnames), protocol: corev1.ProtocolTCP}
	for i := range r.Spec.Rules {
		rule := &r.Spec.Rules[i]
		built := routeRule{urls: grpcURLs(rule.Matches)}
		for j := range rule.BackendRefs {
			if used(&rule.BackendRefs[j].BackendRef) {
				built.to = append(built.to, routeBackend{ref: &rule.BackendRefs[j].BackendObjectReference, at: (rulePath(i) + ".backendRefs").Index(j)})
			}
		}
		for j := range rule.Filters {
			if m := rule.Filters[j].RequestMirror; m != nil {
				built.to = append(built.to, routeBackend{ref: &m.BackendRef, at: (rulePath(i) + ".filters").Index(j) + ".requestMirror.backendRef", mirror: true})
			}
		}
		made.rules = append(made.rules, built)
	}
	return made
}

func grpcURLs(matches []gatewayv1.GRPCRouteMatch) []string {
	var urls []string
	for i := range matches {
		m := matches[i].Method
		if m == nil || m.Service == nil {
			return nil
		}
		url := "/" + *m.Service + "/"
		if m.Method != nil {
			url += *m.Method
		}
		urls = append(urls, url)
	}
	return urls
}

// routeBackends adds the paths from a door over the rules of a route.
func (b *builder) routeBackends(r *route, door Path, hosts []string) {
	for i := range r.rules {
		for j := range r.rules[i].to {
			b.routeBackend(r, &r.rules[i], &r.rules[i].to[j], door, hosts)
		}
	}
}

func (b *builder) routeBackend(r *route, rule *routeRule, to *routeBackend, door Path, hosts []string) {
	key := serviceName{r.namespace, string(to.ref.Name)}
	if to.ref.Namespace != nil {
		key.namespace = string(*to.ref.Namespace)
	}
	shown := r.object.Evidence(to.at+".name", key.name)
	if to.ref.Kind != nil && *to.ref.Kind != "Service" || to.ref.Group != nil && *to.ref.Group != "" {
		b.strangeBackend(r, to, key)
		return
	}
	if key.namespace != r.namespace {
		grant, allowed := b.granted(r, key)
		switch allowed {
		case no:
			b.breaks(Gateway, r.object, fmt.Sprintf("no ReferenceGrant of namespace %s lets %ss of %s use Service %s", key.namespace, r.object.Kind, r.namespace, key.name), shown)
			return
		case notKnown:
			door.Possible = true
			door.Conditions = append(door.Conditions[:len(door.Conditions):len(door.Conditions)], "a ReferenceGrant of namespace "+key.namespace+" allows it")
		default:
			door.Evidence = append(door.Evidence[:len(door.Evidence):len(door.Evidence)], *grant)
		}
	}
	if to.mirror {
		door.Conditions = append(door.Conditions[:len(door.Conditions):len(door.Conditions)], "requests are mirrored: the client sees no answer")
	}
	found := b.backends(key, func(p *corev1.ServicePort) bool {
		return to.ref.Port == nil || p.Port == *to.ref.Port && p.Protocol == r.protocol
	})
	for i := range found {
		if len(found[i].targets) == 0 {
			b.breaks(Gateway, r.object, found[i].reason, append([]model.Evidence{shown}, found[i].evidence...)...)
			continue
		}
		b.addRoute(found[i], door, shown, orAny(hosts), orAny(rule.urls))
	}
}

func orAny(list []string) []string {
	if len(list) == 0 {
		return []string{""}
	}
	return list
}

func (b *builder) addRoute(found backend, door Path, shown model.Evidence, hosts, urls []string) {
	door.Service = found.service.object
	door.InternalTrafficPolicy = found.service.internalPolicy()
	door.Evidence = append(door.Evidence[:len(door.Evidence):len(door.Evidence)], shown)
	for _, host := range hosts {
		for _, url := range urls {
			door.Host, door.URL = host, url
			b.add(found, door)
		}
	}
}

// strangeBackend notes a backend that is no Service: it may stand for pods.
func (b *builder) strangeBackend(r *route, to *routeBackend, key serviceName) {
	kind := "of another kind"
	if to.ref.Kind != nil {
		kind = string(*to.ref.Kind)
	}
	shown := r.object.Evidence(to.at+".kind", kind)
	b.breaks(Gateway, r.object, fmt.Sprintf("what the backend %s %s is, is not understood", kind, key.name), shown)
	b.obscure(key.namespace, fmt.Sprintf("what %s leads to, a %s, is not understood", r.object.ID, kind))
}

// granted says whether a ReferenceGrant lets a route use a Service of another
// namespace, and which.
func (b *builder) granted(r *route, to serviceName) (*model.Evidence, answer) {
	for _, g := range b.grants[to.namespace] {
		from := slices.ContainsFunc(g.spec.Spec.From, func(f gatewayv1.ReferenceGrantFrom) bool {
			return string(f.Group) == gatewayGroup && string(f.Kind) == r.object.Kind && string(f.Namespace) == r.namespace
		})
		named := slices.IndexFunc(g.spec.Spec.To, func(t gatewayv1.ReferenceGrantTo) bool {
			return t.Group == "" && t.Kind == "Service" && (t.Name == nil || *t.Name == "" || string(*t.Name) == to.name)
		})
		if from && named >= 0 {
			shown := g.object.Evidence(model.Path("spec.to").Index(named), "")
			return &shown, yes
		}
	}
	if b.knows(gatewayGroup, "ReferenceGrant", to.namespace) {
		return nil, no
	}
	return nil, notKnown
}
