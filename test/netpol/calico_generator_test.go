package netpol_test

import (
	"fmt"
	"slices"
)

// The shapes of Calico's policies, as they are written.
type (
	calicoPolicy struct {
		namespace, name string
		spec            calicoSpec
	}
	calicoSpec struct {
		Order             float64      `json:"order"`
		Tier              string       `json:"tier,omitempty"`
		Selector          string       `json:"selector,omitempty"`
		NamespaceSelector string       `json:"namespaceSelector,omitempty"`
		Types             []string     `json:"types,omitempty"`
		Ingress           []calicoRule `json:"ingress,omitempty"`
		Egress            []calicoRule `json:"egress,omitempty"`
	}
	calicoRule struct {
		Action      string       `json:"action"`
		Protocol    string       `json:"protocol,omitempty"`
		NotProtocol string       `json:"notProtocol,omitempty"`
		Source      calicoEntity `json:"source,omitzero"`
		Destination calicoEntity `json:"destination,omitzero"`
	}
	calicoEntity struct {
		Nets              []string        `json:"nets,omitempty"`
		Selector          string          `json:"selector,omitempty"`
		NotSelector       string          `json:"notSelector,omitempty"`
		NamespaceSelector string          `json:"namespaceSelector,omitempty"`
		ServiceAccounts   *calicoAccounts `json:"serviceAccounts,omitempty"`
		Ports             []any           `json:"ports,omitempty"`
	}
	calicoAccounts struct {
		Names []string `json:"names"`
	}
	// calicoSet is a NetworkSet, or without a namespace a GlobalNetworkSet.
	calicoSet struct {
		namespace string
		labels    map[string]string
		nets      []string
	}
)

// ingress reports whether a policy is about what enters: without types, if it has such
// rules or none at all.
func (p *calicoPolicy) ingress() bool {
	if len(p.spec.Types) > 0 {
		return slices.Contains(p.spec.Types, "Ingress")
	}
	return len(p.spec.Ingress) > 0 || len(p.spec.Egress) == 0
}

// calicoGenerator is a cluster with random policies of Calico, in their order. No two
// have the same, of which the result would be open.
type calicoGenerator struct {
	*cluster
	policies []calicoPolicy
	sets     []calicoSet
}

func newCalicoGenerator(seed uint64) *calicoGenerator {
	g := &calicoGenerator{cluster: newCluster(seed, 4)}
	for i := range g.IntN(3) {
		g.addSet(fmt.Sprint("set", i))
	}
	for i := range 1 + g.IntN(4) {
		g.add(fmt.Sprint("p", i), float64(10*i))
	}
	return g
}

// addSet adds a set of addresses that are no pod's: of one that is, Felix asks for
// nothing more, and the checker asks for the namespace of the pod as well.
func (g *calicoGenerator) addSet(name string) {
	s := calicoSet{labels: map[string]string{"app": pick(g.Rand, "web", "db", "cache"), "set": "x"}}
	s.nets = []string{pick(g.Rand, "192.0.2.0/24", "8.0.0.0/7", "2001:db8::/32")}
	kind := "GlobalNetworkSet"
	if g.IntN(2) == 0 {
		kind, s.namespace = "NetworkSet", pick(g.Rand, "ns0", "ns1")
	}
	g.sets = append(g.sets, s)
	type metadata struct {
		Labels map[string]string `json:"labels"`
	}
	type spec struct {
		Nets []string `json:"nets"`
	}
	g.putJSON("projectcalico.org", kind, s.namespace, name, struct {
		Metadata metadata `json:"metadata"`
		Spec     spec     `json:"spec"`
	}{metadata{s.labels}, spec{s.nets}})
}

func (g *calicoGenerator) add(name string, order float64) {
	p := calicoPolicy{namespace: pick(g.Rand, "", "ns0", "ns1"), name: name, spec: calicoSpec{Order: order}}
	p.spec.Selector = pick(g.Rand, "", "all()", "has(env)", calicoSelector(g.Rand, 2))
	kind := "NetworkPolicy"
	if p.namespace == "" {
		kind = "GlobalNetworkPolicy"
		p.spec.NamespaceSelector = pick(g.Rand, "", "", g.namespacesText())
	}
	p.spec.Types = pick(g.Rand, nil, []string{"Ingress"}, []string{"Ingress", "Egress"})
	for range g.IntN(4) {
		p.spec.Ingress = append(p.spec.Ingress, g.rule())
	}
	if len(p.spec.Types) != 1 && g.IntN(3) == 0 {
		p.spec.Egress = []calicoRule{{Action: "Allow"}}
	}
	g.policies = append(g.policies, p)
	g.putJSON("projectcalico.org", kind, p.namespace, name, struct {
		Spec calicoSpec `json:"spec"`
	}{p.spec})
}

// namespacesText is a selector of namespaces.
func (g *calicoGenerator) namespacesText() string {
	return pick(g.Rand, "all()", "team == 'red'", "team != 'red'", "projectcalico.org/name == 'ns0'", "projectcalico.org/name not in {'ns0'}",
		"kubernetes.io/metadata.name in {'ns1', 'ns2'}", "has(team)", "!has(absent) && team starts with 'b'", "team == 'red' || projectcalico.org/name == 'ns1'")
}

func (g *calicoGenerator) rule() calicoRule {
	r := calicoRule{Action: pick(g.Rand, "Allow", "Allow", "Allow", "Deny", "Pass", "Log")}
	e := &r.Source
	if g.IntN(2) == 0 {
		e.Selector = pick(g.Rand, "all()", "has(env)", "set == 'x'", calicoSelector(g.Rand, 1), calicoSelector(g.Rand, 1))
	}
	if g.IntN(5) == 0 {
		e.NotSelector = calicoSelector(g.Rand, 1)
	}
	if g.IntN(3) == 0 {
		e.NamespaceSelector = g.namespacesText()
		if g.IntN(5) == 0 {
			e.NamespaceSelector = "global()"
		}
	}
	if g.IntN(4) == 0 {
		e.ServiceAccounts = &calicoAccounts{Names: pick(g.Rand, []string{"robot"}, []string{"default", "robot"})}
	}
	if g.IntN(4) == 0 {
		e.Nets = []string{g.cidr()}
	}
	switch g.IntN(5) {
	case 0:
		r.Protocol = pick(g.Rand, "TCP", "UDP", "ICMP")
	case 1:
		r.NotProtocol = pick(g.Rand, "TCP", "UDP")
	case 2, 3:
		r.Protocol = "TCP"
		for range 1 + g.IntN(2) {
			r.Destination.Ports = append(r.Destination.Ports, pick[any](g.Rand, 80, 8080, "52:80", "http", "dns", "nobody"))
		}
	}
	return r
}
