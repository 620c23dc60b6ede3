package mesh

import (
	"slices"
	"strconv"
	"strings"
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
	sends := m.classes.sends(m, client)
	appears := ""
	switch {
	case server.Plane == Linkerd:
		appears = m.classes.toLinkerd(m, client)
	case server.Plane == Ambient && client.Plane.istio() && m.Waypoints():
		appears = "w" + strconv.Itoa(m.classes.self(client)) // its way to the waypoint is its own
	case client.Plane.istio():
		appears = m.classes.toIstio(m, client, server)
	}
	return m.classes.number(sends + "|" + appears)
}

// classes are the numbers given so far, and what they were made of.
type classes struct {
	numbers  map[string]int
	bySender map[*Workload]string
	byLabels *bool
	sets     map[*Workload]policySet
	matches  map[[2]int]string // by account and policy set
	accounts map[*Workload]int
	selves   map[*Workload]int
}

// policySet is the policies of a server; those with one number are the same.
type policySet struct {
	number   int
	policies []authorizationPolicy
}

func newClasses() *classes {
	return &classes{
		numbers: map[string]int{}, bySender: map[*Workload]string{}, sets: map[*Workload]policySet{},
		matches: map[[2]int]string{}, accounts: map[*Workload]int{}, selves: map[*Workload]int{},
	}
}

// number numbers texts from 1.
func (c *classes) number(text string) int {
	n, ok := c.numbers[text]
	if !ok {
		n = len(c.numbers) + 1
		c.numbers[text] = n
	}
	return n
}

// sends is how a client connects: those of one text do so alike.
func (c *classes) sends(m *Mesh, client *Workload) string {
	text, ok := c.bySender[client]
	if !ok {
		if c.byLabels == nil {
			decide := m.labelsDecide()
			c.byLabels = &decide
		}
		text = "s" + strconv.Itoa(c.number(sendKey(client, *c.byLabels, m.namespacesDecide())))
		c.bySender[client] = text
	}
	return text
}

// self is the number of a client that is like no other.
func (c *classes) self(client *Workload) int {
	n, ok := c.selves[client]
	if !ok {
		n = len(c.selves) + 1
		c.selves[client] = n
	}
	return n
}

// account is the number of what the certificate of a client says.
func (c *classes) account(client *Workload) int {
	n, ok := c.accounts[client]
	if !ok {
		n = c.number(client.Namespace() + "/" + client.ServiceAccount())
		c.accounts[client] = n
	}
	return n
}

// toLinkerd is how a client appears to servers of Linkerd: by its identity where
// there is a policy, which may name it.
func (c *classes) toLinkerd(m *Mesh, client *Workload) string {
	all := linkerdPoliciesOf.Of(m.view, struct{}{})
	if len(all.servers) == 0 || client.Plane != Linkerd {
		return "l"
	}
	return "l" + strconv.Itoa(c.account(client))
}

// toIstio is how a client appears to the policies of a server: which of their
// sources it is one of.
func (c *classes) toIstio(m *Mesh, client, server *Workload) string {
	set, ok := c.sets[server]
	if !ok {
		set.policies = m.policiesFor(server)
		var key strings.Builder
		for i := range set.policies {
			key.WriteString(set.policies[i].object.ID.String() + "\x00")
		}
		set.number = c.number(key.String())
		c.sets[server] = set
	}
	at := [2]int{c.account(client), set.number}
	found, ok := c.matches[at]
	if !ok {
		found = m.sources(client, set.policies)
		c.matches[at] = found
	}
	return found
}

// sources says of each source that policies name whether it is the client.
func (m *Mesh) sources(client *Workload, policies []authorizationPolicy) string {
	q := request{from: m.identityOf(client), known: true, domains: m.trustDomains()}
	var said []byte
	for i := range policies {
		p := &policies[i]
		for j := range p.Spec.Rules {
			r := &p.Spec.Rules[j]
			for k := range r.From {
				said = append(said, '0'+byte(q.source(&r.From[k].Source, p.object.Namespace, true).value))
			}
			for k := range r.When {
				said = append(said, '0'+byte(q.condition(&r.When[k], true).value))
			}
		}
	}
	return string(said)
}

// trustDomains are those that stand for the mesh's own in policies.
func (m *Mesh) trustDomains() []string {
	config := istioConfig.Of(m.view, struct{}{})
	return append([]string{config.TrustDomain, defaultTrustDomain}, config.TrustDomainAliases...)
}

// sendKey is what decides how a workload connects, whoever the server is.
func sendKey(w *Workload, byLabels, byNamespace bool) string {
	parts := []string{w.Plane.String()}
	if w.Plane == PlaneUnknown {
		parts = append(parts, w.Why.Text)
	}
	if byNamespace || w.Plane == Linkerd { // whose annotations count for its pods
		parts = append(parts, "namespace "+w.Namespace())
	}
	for key, value := range w.Meta.Annotations {
		if strings.HasPrefix(key, "traffic.sidecar.istio.io/") || strings.HasPrefix(key, "config.linkerd.io/skip-outbound") {
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

// namespacesDecide reports whether some object of Istio counts for the clients of its
// namespace only, or may: DestinationRules, Sidecars and EnvoyFilters do.
func (m *Mesh) namespacesDecide() bool {
	scope, rules := proxyScopeOf.Of(m.view, struct{}{}), destinationRulesOf.Of(m.view, struct{}{})
	return len(scope.sidecars)+len(scope.filters)+len(rules.byNamespace) > 0
}
