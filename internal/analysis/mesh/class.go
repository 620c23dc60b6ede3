package mesh

import (
	"slices"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/snapshot"
)

// Class numbers the clients of a server: what Reach says of the server does not differ
// between two of one number, but for where hops begin and which identity is named.
func (m *Mesh) Class(client, server *Workload) int {
	clients, servers := m.Candidates(client), m.Candidates(server)
	if len(clients)+len(servers) == 2 {
		return m.class(client, server)
	}
	var key strings.Builder
	for _, from := range clients {
		for _, to := range servers {
			key.WriteString(strconv.Itoa(m.class(from, to)) + ",")
		}
	}
	return m.classes.number(key.String())
}

// class is Class of workloads in a plane. nil is the class 0.
func (m *Mesh) class(client, server *Workload) int {
	if client == nil {
		return 0
	}
	c, appears := m.classes, 0
	switch {
	case server.Plane == Linkerd:
		appears = c.toLinkerd(m, client)
	case server.Plane == Ambient && client.Plane.istio() && waypointsShown.Of(m.view, struct{}{}):
		appears = c.sender(m, client).self // its way to the waypoint is its own
	case client.Plane.istio():
		appears = c.toIstio(m, client, server)
	}
	at := [2]int{c.sender(m, client).sends, appears}
	n, ok := c.joined[at]
	if !ok {
		n = c.number("class " + strconv.Itoa(at[0]) + " " + strconv.Itoa(at[1]))
		c.joined[at] = n
	}
	return n
}

// classes are the numbers given so far, from 1, and what they were made of.
type classes struct {
	numbers map[string]int
	joined  map[[2]int]int // by sender.sends and how the client appears
	senders map[*Workload]sender
	sets    map[*Workload]policySet
	sources map[[2]int]int // by sender.account and policySet.number: which sources it is
}

// sender is the numbers of a client: those with one number in sends connect alike,
// those with one in account have one identity, and self is its own.
type sender struct{ sends, account, self int }

// policySet is the policies of a server; those with one number are the same.
type policySet struct {
	number   int
	policies []authorizationPolicy
}

func newClasses() *classes {
	return &classes{
		numbers: map[string]int{}, joined: map[[2]int]int{}, senders: map[*Workload]sender{},
		sets: map[*Workload]policySet{}, sources: map[[2]int]int{},
	}
}

// number numbers texts.
func (c *classes) number(text string) int {
	n, ok := c.numbers[text]
	if !ok {
		n = len(c.numbers) + 1
		c.numbers[text] = n
	}
	return n
}

func (c *classes) sender(m *Mesh, client *Workload) sender {
	s, ok := c.senders[client]
	if !ok {
		s = sender{
			sends:   c.number("sends " + sendKey(client, m.labelsDecide(), m.namespacesDecide()) + m.bypassKey(client)),
			account: c.number("account " + client.Namespace() + "/" + client.ServiceAccount()),
			self:    c.number("self " + strconv.Itoa(len(c.senders))),
		}
		c.senders[client] = s
	}
	return s
}

// toLinkerd is how a client appears to servers of Linkerd: by its identity where
// there is a policy, which may name it.
func (c *classes) toLinkerd(m *Mesh, client *Workload) int {
	if len(linkerdPoliciesOf.Of(m.view, struct{}{}).servers) == 0 || client.Plane != Linkerd {
		return 0
	}
	return c.sender(m, client).account
}

// toIstio is how a client appears to the policies of a server: which of their
// sources it is one of.
func (c *classes) toIstio(m *Mesh, client, server *Workload) int {
	set, ok := c.sets[server]
	if !ok {
		set.policies = m.policiesFor(server)
		var key strings.Builder
		key.WriteString(server.Plane.String() + "\x00") // which reads policies in its own way
		for i := range set.policies {
			key.WriteString(set.policies[i].object.ID.String() + "\x00")
		}
		set.number = c.number("policies " + key.String())
		c.sets[server] = set
	}
	at := [2]int{c.sender(m, client).account, set.number}
	found, ok := c.sources[at]
	if !ok {
		found = c.number("sources " + m.sources(client, server, set.policies))
		c.sources[at] = found
	}
	return found
}

// sources says of each source that policies name whether it is the client.
func (m *Mesh) sources(client, server *Workload, policies []authorizationPolicy) string {
	q := request{from: m.identityOf(client), known: true, domains: m.trustDomains(), ztunnel: server.Plane == Ambient}
	var said []byte
	for i := range policies {
		p := &policies[i]
		for j := range p.Spec.Rules {
			r := &p.Spec.Rules[j]
			for k := range r.From {
				said = append(said, '0'+byte(q.source(&r.From[k].Source, p.object.Namespace, true).value))
			}
			for k := range r.When {
				said = append(said, '0'+byte(q.condition(&r.When[k], p.object.Namespace, true).value))
			}
		}
	}
	return string(said)
}

// trustDomains are that of the mesh and its aliases.
func (m *Mesh) trustDomains() []string {
	config := istioConfig.Of(m.view, struct{}{})
	return append([]string{config.TrustDomain}, config.TrustDomainAliases...)
}

// sendKey is what decides how a workload connects, whoever the server is.
func sendKey(w *Workload, byLabels, byNamespace bool) string {
	parts := []string{w.Plane.String()}
	if !w.Plane.istio() { // then reasons say why
		parts = append(parts, "because "+w.Why.Text+" "+nameOfObject(w.Why.Object))
	}
	if w.Spec.HostNetwork {
		parts = append(parts, "on the network of its node")
	}
	if byNamespace || w.Plane == Linkerd { // whose annotations count for its pods
		parts = append(parts, "namespace "+w.Namespace())
	}
	for key, value := range w.Meta.Annotations {
		if strings.HasPrefix(key, "traffic.sidecar.istio.io/") || key == "sidecar.istio.io/interceptionMode" || strings.HasPrefix(key, "config.linkerd.io/skip-outbound") {
			parts = append(parts, key+"="+value)
		}
	}
	if byLabels {
		for key, value := range w.Meta.Labels {
			parts = append(parts, "label "+key+"="+value)
		}
	}
	slices.Sort(parts[1:])
	return strings.Join(parts, "\x00")
}

// bypassKey is what bypasses says of a workload.
func (m *Mesh) bypassKey(w *Workload) string {
	by, why := m.bypasses(w)
	if by.value == never {
		return ""
	}
	return "\x00" + why.Text + " " + w.Object.ID.String()
}

func nameOfObject(object *snapshot.Object) string {
	if object == nil {
		return ""
	}
	return object.ID.String()
}

// namespacesDecide reports whether some object of Istio counts for the clients of its
// namespace only, or may: DestinationRules, Sidecars and EnvoyFilters do.
func (m *Mesh) namespacesDecide() bool {
	scope, rules := proxyScopeOf.Of(m.view, struct{}{}), destinationRulesOf.Of(m.view, struct{}{})
	return len(scope.sidecars)+len(scope.filters)+len(rules.byNamespace) > 0
}

// labelsDecide reports whether some object of Istio selects clients by their labels.
func (m *Mesh) labelsDecide() bool {
	scope := proxyScopeOf.Of(m.view, struct{}{})
	for _, rules := range destinationRulesOf.Of(m.view, struct{}{}).byNamespace {
		if slices.ContainsFunc(rules, func(d destinationRule) bool { return selective(d.Spec.WorkloadSelector) }) {
			return true
		}
	}
	return slices.ContainsFunc(scope.sidecars, func(s item[Sidecar]) bool { return s.Spec.WorkloadSelector != nil }) ||
		slices.ContainsFunc(scope.filters, func(f item[EnvoyFilter]) bool { return f.Spec.WorkloadSelector != nil })
}
