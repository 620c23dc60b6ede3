package mesh

import (
	"cmp"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/snapshot"
)

// linkerdPolicies are the objects of Linkerd, by namespace where they are found so.
type linkerdPolicies struct {
	servers        map[string][]item[LinkerdServer]
	authorizations map[string][]item[LinkerdServerAuthorization]
	policies       map[string][]item[LinkerdAuthorizationPolicy]
	meshTLS        []item[LinkerdMeshTLSAuthentication]
	networks       []item[LinkerdNetworkAuthentication]
	routes         []item[linkerdRoute]
	complete       bool
}

var linkerdPoliciesOf = snapshot.Memo[struct{}, *linkerdPolicies]{Name: "mesh.linkerdPolicies", Compute: func(v *snapshot.View, _ struct{}) *linkerdPolicies {
	all := &linkerdPolicies{complete: true}
	note := func(complete bool) { all.complete = all.complete && complete }
	servers, complete := list(v, LinkerdServers)
	note(complete)
	authorizations, complete := list(v, LinkerdServerAuthorizations)
	note(complete)
	policies, complete := list(v, LinkerdAuthorizationPolicies)
	note(complete)
	all.meshTLS, complete = list(v, LinkerdMeshTLSAuthentications)
	note(complete)
	all.networks, complete = list(v, LinkerdNetworkAuthentications)
	note(complete)
	for _, k := range []snapshot.Kind[*Resource[linkerdRoute]]{linkerdHTTPRoutes, attachedHTTPRoutes, attachedGRPCRoutes} {
		routes, complete := list(v, k)
		note(complete)
		all.routes = append(all.routes, routes...)
	}
	all.servers, all.authorizations, all.policies = byNamespace(servers), byNamespace(authorizations), byNamespace(policies)
	return all
}}

func byNamespace[S any](items []item[S]) map[string][]item[S] {
	index := map[string][]item[S]{}
	for _, i := range items {
		index[i.object.Namespace] = append(index[i.object.Namespace], i)
	}
	return index
}

// linkerdVerdict is for servers with a proxy of Linkerd. Proxies of Linkerd speak
// mutual TLS to one another without being told, to Services and pods alike
// (linkerd.io, "Automatic mTLS").
func (m *Mesh) linkerdVerdict(client, server *Workload, port uint16) Verdict {
	way := direct(client, server, port)
	value, where := m.skippedPorts(server)
	if skip := inRanges(value, port); skip.value != never {
		way.add(where)
		if skip.value == always {
			way.Transport, way.Access, way.Unguarded = PlaintextPossible, Allowed, true
		}
		return combine([]Way{way})
	}
	meshed := truthOf(false)
	if client != nil && client.Plane == Linkerd {
		value, where := m.inherited(client, "config.linkerd.io/skip-outbound-ports")
		if meshed = not(m.skipsOutbound(value, server, port)); meshed.value != always {
			way.add(where)
		}
		if by, why := m.bypasses(client); by.value != never {
			meshed = every(meshed, not(by))
			way.add(why)
		}
	}
	switch meshed.value {
	case always:
		way.Transport = MutualTLS
		way.Identity = m.linkerdIdentity(client.Namespace(), client.ServiceAccount())
		m.linkerdWire(&way, server, port)
	case never:
		way.Transport = PlaintextPossible
		way.add(Reason{Text: "the client has no proxy of Linkerd in its way"})
	default:
		return combine([]Way{way})
	}
	d := m.linkerdDecide(&linkerdRequest{client: client, identity: way.Identity, server: server, port: port})
	way.Access, way.Condition = d.access, d.when.String()
	way.add(d.reasons...)
	return combine([]Way{way})
}

// linkerdInbound is where proxies of Linkerd take connections of one another.
const linkerdInbound = 4143

// linkerdWire says which port the connection of two proxies is on: that of the server's
// proxy where it is opaque, or where all connections are tunnelled.
func (m *Mesh) linkerdWire(way *Way, server *Workload, port uint16) {
	config := linkerdConfig.Of(m.view, struct{}{})
	opaque, where := m.opaque(server, port)
	hop := &way.Hops[0]
	switch {
	case opaque.value == always:
		hop.Port = linkerdInbound
		way.add(where)
	case config.Tunnel == tunnelled && config.Known:
		hop.Port = linkerdInbound
		way.add(Reason{Text: "proxies connect to one another on port 4143", Object: config.Object, Path: "data.values"})
	case opaque.value == never && config.Tunnel == untunnelled && config.Known:
	default:
		hop.Port, hop.Or = linkerdInbound, port
		way.add(Reason{Text: "proxies connect to one another on port 4143 since version 2.18: whether these do is not known"})
	}
}

const opaquePorts = "config.linkerd.io/opaque-ports"

// opaque reports whether proxies pass on what goes to a port without reading it, by the
// annotation of the pods, their namespace or their Services, else by default
// (linkerd.io, "TCP Proxying and Protocol Detection").
func (m *Mesh) opaque(server *Workload, port uint16) (truth, Reason) {
	list, where := m.inherited(server, opaquePorts)
	if list == "" {
		config := linkerdConfig.Of(m.view, struct{}{})
		list = config.OpaquePorts
		where = Reason{Text: "the port is opaque by default: proxies connect to one another on port 4143", Object: config.Object, Path: "data.values"}
	}
	found := inRanges(list, port)
	routes, known := m.routesTo(server, port)
	for _, r := range routes {
		if r.service.Annotations[opaquePorts] != "" && found.value != always {
			return truth{}, where
		}
	}
	if !known && found.value == never {
		return truth{}, where
	}
	return found, where
}

// skipsOutbound reports whether what a client sends to a port of a server passes its
// proxy by: it dials the port of a Service, or that of the pod.
func (m *Mesh) skipsOutbound(list string, server *Workload, port uint16) truth {
	if list == "" {
		return truthOf(false)
	}
	dialled := []truth{inRanges(list, port)}
	routes, known := m.routesTo(server, port)
	if !known {
		return truth{}
	}
	for _, r := range routes {
		dialled = append(dialled, inRanges(list, uint16(r.port.Port)))
	}
	for _, t := range dialled[1:] {
		if t.value != dialled[0].value {
			return truth{}
		}
	}
	return dialled[0]
}

// skippedPorts are those that pass the proxy of a server by on their way in.
func (m *Mesh) skippedPorts(server *Workload) (string, Reason) {
	if value, where := m.inherited(server, "config.linkerd.io/skip-inbound-ports"); value != "" {
		return value, where
	}
	config := linkerdConfig.Of(m.view, struct{}{})
	return config.SkippedPorts, Reason{Text: "proxies are passed by on ports " + config.SkippedPorts, Object: config.Object, Path: "data.values"}
}

// inRanges reports whether a list of ports and ranges, "25,4000-5000", has a port.
func inRanges(list string, port uint16) truth {
	if strings.TrimSpace(list) == "" {
		return truthOf(false)
	}
	for entry := range strings.SplitSeq(list, ",") {
		from, to, isRange := strings.Cut(strings.TrimSpace(entry), "-")
		if !isRange {
			to = from
		}
		low, err := parsePort(from)
		high, err2 := parsePort(to)
		if err != nil || err2 != nil {
			return truth{}
		}
		if low <= port && port <= high {
			return truthOf(true)
		}
	}
	return truthOf(false)
}

// inherited is an annotation of a workload's pods, else of their namespace.
func (m *Mesh) inherited(w *Workload, key string) (string, Reason) {
	if value, where := w.annotation(key); value != "" {
		return value, where
	}
	_, annotations, _ := m.namespaceOf(w.Namespace())
	value := annotations[key]
	return value, Reason{Text: key + " of namespace " + w.Namespace() + " is " + value}
}

func (m *Mesh) linkerdIdentity(namespace, account string) string {
	config := linkerdConfig.Of(m.view, struct{}{})
	return account + "." + namespace + ".serviceaccount.identity." + config.Namespace + "." + config.TrustDomain
}

// linkerdRequest is what the proxy of a server knows of a client.
type linkerdRequest struct {
	client   *Workload // nil: outside the cluster
	identity string    // "" for none
	server   *Workload
	port     uint16
}

// linkerdDecide says whom the proxy of a server lets in: with a Server for the port
// those whom a policy authorises, else whom the default policy lets in (linkerd.io,
// "Authorization Policy").
func (m *Mesh) linkerdDecide(q *linkerdRequest) decision {
	all := linkerdPoliciesOf.Of(m.view, struct{}{})
	if !all.complete {
		return decision{reasons: []Reason{{Text: "not every policy of Linkerd could be read", Open: true}}}
	}
	var servers []item[LinkerdServer]
	for _, s := range all.servers[q.server.Namespace()] {
		switch t := m.selectedBy(q, &s); {
		case t.value == unknown:
			return decision{reasons: []Reason{{Text: "the Server is not understood", Object: s.object, Path: "spec", Open: true}}}
		case t.value == always:
			servers = append(servers, s)
		}
	}
	switch len(servers) {
	case 0:
		return m.linkerdDefault(q)
	case 1:
		return m.atServer(q, &servers[0], all)
	default:
		return decision{reasons: []Reason{{Text: "several Servers select the port, which Linkerd forbids", Object: servers[1].object, Path: "spec", Open: true}}}
	}
}

// selectedBy reports whether a Server is for the port.
func (m *Mesh) selectedBy(q *linkerdRequest, s *item[LinkerdServer]) truth {
	if s.Spec.PodSelector == nil && s.Unread == nil {
		return truthOf(false)
	}
	if _, err := metav1.LabelSelectorAsSelector(s.Spec.PodSelector); s.Unread != nil || err != nil {
		return truth{}
	}
	if !slices.Contains(workload.SelectBy(m.view, q.server.Namespace(), s.Spec.PodSelector), q.server.Workload) {
		return truthOf(false)
	}
	if s.Spec.Port.Type == intstr.String {
		return truthOf(slices.Contains(namedPorts(q.server.Workload, s.Spec.Port.StrVal), q.port))
	}
	return truthOf(uint16(s.Spec.Port.IntVal) == q.port)
}

// linkerdDefault applies the default policy of the workload, its namespace or the
// cluster, and what an annotation says of ports that want an identity (linkerd2
// policy-controller/k8s/index, default_inbound_server).
func (m *Mesh) linkerdDefault(q *linkerdRequest) decision {
	const prefix = "config.linkerd.io/"
	config := linkerdConfig.Of(m.view, struct{}{})
	policy, where := m.inherited(q.server, prefix+"default-inbound-policy")
	if policy == "" {
		if !config.Known {
			return decision{reasons: []Reason{{Text: "the configuration of Linkerd could not be read", Open: true}}}
		}
		policy = config.InboundPolicy
		where = Reason{Text: "the default policy of the cluster is " + policy, Object: config.Object, Path: "data.values"}
	}
	reasons, result := []Reason{where}, m.byDefault(q, policy)
	list, named := m.inherited(q.server, prefix+"proxy-require-identity-inbound-ports")
	if wants := inRanges(list, q.port); wants.value != never {
		reasons = append(reasons, named)
		result = every(result, some(not(wants), truthOf(q.identity != "")))
	}
	return decisionOf(result, reasons)
}

// byDefault reports whether one of the words of default policies and access policies
// lets a client in.
func (m *Mesh) byDefault(q *linkerdRequest, policy string) truth {
	switch policy {
	case "all-unauthenticated", "audit":
		return truthOf(true)
	case "all-authenticated":
		return truthOf(q.identity != "")
	case "cluster-authenticated":
		return every(truthOf(q.identity != ""), m.inCluster(q))
	case "cluster-unauthenticated":
		return m.inCluster(q)
	case "deny":
		return truthOf(false)
	default:
		return truth{}
	}
}

// inCluster reports whether a client is in the networks of the cluster, as its pods are;
// of a client elsewhere its address decides (linkerd2 policy-controller/core,
// DefaultPolicy::default_authzs).
func (m *Mesh) inCluster(q *linkerdRequest) truth {
	config := linkerdConfig.Of(m.view, struct{}{})
	switch {
	case q.client != nil:
		return truthOf(true)
	case !config.Known:
		return truth{}
	default:
		return fromAddress("the source address", config.Networks)
	}
}

func decisionOf(t truth, reasons []Reason) decision {
	d := decision{reasons: reasons}
	switch t.value {
	case always:
		d.access = Allowed
	case never:
		d.access = Denied
	case sometimes:
		d.access, d.when = Conditional, t.condition
	}
	return d
}

// atServer evaluates the policies of a Server: one that holds lets the client in, or
// the Server's access policy, which denies if it says nothing.
func (m *Mesh) atServer(q *linkerdRequest, s *item[LinkerdServer], all *linkerdPolicies) decision {
	routes := attachedRoutes(s, all)
	result, reasons := truthOf(false), []Reason{{Text: "the Server selects the port", Object: s.object, Path: "spec.port", Value: s.Spec.Port.String()}}
	grant := func(t truth, why Reason) {
		if t.value != never {
			result = some(result, t)
			reasons = append(reasons, why)
		}
	}
	for _, a := range all.authorizations[s.object.Namespace] {
		if named := authorises(&a, s); named.value != never {
			grant(every(named, m.ofClient(q, &a)), Reason{Text: "authorises the client", Object: a.object, Path: "spec.client"})
		}
	}
	for _, p := range all.policies[s.object.Namespace] {
		if target := targeted(&p, s, routes); target.value != never {
			grant(every(target, m.proved(q, &p, all)), Reason{Text: "authorises the client", Object: p.object, Path: "spec.requiredAuthenticationRefs"})
		}
	}
	policy := cmp.Or(s.Spec.AccessPolicy, "deny")
	access := Reason{Text: "the access policy of the Server is " + policy, Object: s.object, Path: "spec.accessPolicy", Value: s.Spec.AccessPolicy}
	if result.value == never {
		access.Text = "no policy authorises the client: " + policy
	}
	if byAccess := m.byDefault(q, policy); byAccess.value != never || result.value == never {
		result = some(result, byAccess)
		reasons = append(reasons, access)
	}
	if len(routes) > 0 && requestsSeen(s) {
		result = every(result, when("the request is one of a route of Server "+s.object.Name))
	}
	return decisionOf(result, reasons)
}

// requestsSeen reports whether the proxy reads the requests of a Server.
func requestsSeen(s *item[LinkerdServer]) bool {
	return s.Spec.ProxyProtocol != "opaque" && s.Spec.ProxyProtocol != "TLS"
}

// attachedRoutes are the routes of a Server.
func attachedRoutes(s *item[LinkerdServer], all *linkerdPolicies) []item[linkerdRoute] {
	var attached []item[linkerdRoute]
	for _, r := range all.routes {
		if r.object.Namespace == s.object.Namespace && slices.ContainsFunc(r.Spec.ParentRefs, func(p linkerdRef) bool {
			return p.Group == linkerdGroup && p.Kind == "Server" && p.Name == s.object.Name
		}) {
			attached = append(attached, r)
		}
	}
	return attached
}

// targeted reports whether a policy is for a Server: for all of it, or for the
// requests of one of its routes.
func targeted(p *item[LinkerdAuthorizationPolicy], s *item[LinkerdServer], routes []item[linkerdRoute]) truth {
	t := &p.Spec.TargetRef
	switch {
	case p.Unread != nil:
		return truth{}
	case t.Kind == "Namespace" && t.Name == s.object.Namespace:
		return truthOf(true)
	case t.Kind == "Server" && t.Group == linkerdGroup:
		return truthOf(t.Name == s.object.Name)
	}
	for _, r := range routes {
		if r.object.Group == t.Group && r.object.Kind == t.Kind && r.object.Name == t.Name {
			return when("the request is one of " + t.Kind + " " + t.Name)
		}
	}
	return truthOf(false)
}
