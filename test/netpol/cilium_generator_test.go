package netpol_test

import (
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The shapes of Cilium's policies, as they are written.
type (
	ciliumPolicy struct {
		APIVersion string            `json:"apiVersion"`
		Kind       string            `json:"kind"`
		Metadata   metav1.ObjectMeta `json:"metadata"`
		Spec       *ciliumSpec       `json:"spec,omitempty"`
		Specs      []ciliumSpec      `json:"specs,omitempty"`
	}
	ciliumSpec struct {
		EndpointSelector  *metav1.LabelSelector `json:"endpointSelector"`
		Ingress           []ciliumRule          `json:"ingress,omitzero"`
		IngressDeny       []ciliumRule          `json:"ingressDeny,omitzero"`
		Egress            []ciliumRule          `json:"egress,omitzero"`
		EgressDeny        []ciliumRule          `json:"egressDeny,omitzero"`
		EnableDefaultDeny map[string]bool       `json:"enableDefaultDeny,omitempty"`
	}
	ciliumRule struct {
		FromEndpoints []metav1.LabelSelector `json:"fromEndpoints,omitzero"`
		ToEndpoints   []metav1.LabelSelector `json:"toEndpoints,omitzero"`
		FromEntities  []string               `json:"fromEntities,omitzero"`
		ToEntities    []string               `json:"toEntities,omitzero"`
		FromCIDR      []string               `json:"fromCIDR,omitzero"`
		ToCIDR        []string               `json:"toCIDR,omitzero"`
		FromCIDRSet   []ciliumBlock          `json:"fromCIDRSet,omitzero"`
		ToCIDRSet     []ciliumBlock          `json:"toCIDRSet,omitzero"`
		ToPorts       []ciliumPorts          `json:"toPorts,omitzero"`
		ICMPs         []ciliumICMP           `json:"icmps,omitzero"`
	}
	ciliumBlock struct {
		CIDR   string   `json:"cidr"`
		Except []string `json:"except,omitempty"`
	}
	ciliumPorts struct {
		Ports []ciliumPort `json:"ports,omitempty"`
		Rules *ciliumDNS   `json:"rules,omitempty"`
	}
	// ciliumDNS is the one kind of rules over a connection that lets all through.
	ciliumDNS struct {
		DNS []ciliumName `json:"dns"`
	}
	ciliumName struct {
		MatchPattern string `json:"matchPattern"`
	}
	ciliumPort struct {
		Port     string `json:"port"`
		EndPort  int32  `json:"endPort,omitempty"`
		Protocol string `json:"protocol,omitempty"`
	}
	ciliumICMP struct {
		Fields []ciliumICMPField `json:"fields"`
	}
	ciliumICMPField struct {
		Family string `json:"family,omitempty"`
		Type   int    `json:"type"`
	}
)

// ciliumGenerator adds random policies of Cilium to a cluster.
type ciliumGenerator struct{ *cluster }

func (g *ciliumGenerator) add(name string) []byte {
	p := ciliumPolicy{APIVersion: "cilium.io/v2", Kind: "CiliumNetworkPolicy", Metadata: metav1.ObjectMeta{Name: name}}
	p.Metadata.Namespace = pick(g.Rand, "", "ns0", "ns1", "ns2")
	if p.Metadata.Namespace == "" {
		p.Kind = "CiliumClusterwideNetworkPolicy"
	}
	if g.IntN(4) > 0 {
		p.Spec = g.spec()
	} else {
		for range 1 + g.IntN(2) {
			p.Specs = append(p.Specs, *g.spec())
		}
	}
	return g.putJSON("cilium.io", p.Kind, p.Metadata.Namespace, name, p)
}

func (g *ciliumGenerator) spec() *ciliumSpec {
	s := &ciliumSpec{EndpointSelector: g.endpoints(true)}
	for range g.IntN(3) {
		s.Ingress = append(s.Ingress, g.rule("from"))
	}
	for range g.IntN(3) {
		s.Egress = append(s.Egress, g.rule("to"))
	}
	if g.IntN(3) == 0 {
		s.IngressDeny = append(s.IngressDeny, g.rule("from"))
	}
	if g.IntN(3) == 0 {
		s.EgressDeny = append(s.EgressDeny, g.rule("to"))
	}
	if g.IntN(20) == 0 {
		s.Ingress = []ciliumRule{}
	}
	for _, direction := range []string{"ingress", "egress"} {
		if g.IntN(5) == 0 {
			s.EnableDefaultDeny = map[string]bool{direction: g.IntN(3) == 0}
		}
	}
	return s
}

// endpoints is a selector of pods in the labels of Cilium.
func (g *ciliumGenerator) endpoints(subject bool) *metav1.LabelSelector {
	labels := podLabels()
	switch {
	case subject && g.IntN(2) == 0:
	case g.IntN(3) == 0:
		labels = append(labels, label{"io.kubernetes.pod.namespace", true, []string{"ns0", "ns1", "ns2"}})
	case g.IntN(3) == 0:
		labels = append(labels, label{"io.cilium.k8s.namespace.labels.team", true, []string{"red", "blue"}})
	case g.IntN(3) == 0:
		labels = append(labels, label{"io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name", true, []string{"ns0", "ns1"}})
	}
	if g.IntN(6) == 0 {
		labels = append(labels, label{"io.cilium.k8s.policy.serviceaccount", true, []string{"default", "robot"}})
	}
	if g.IntN(12) == 0 {
		labels = append(labels, label{pick(g.Rand, "cidr:1.2.3.4/32", "node:x", "io.cilium.k8s.policy.cluster", "pod-template-hash"), false, []string{"default", "x"}})
	}
	if g.IntN(30) == 0 {
		labels = append(labels, label{pick(g.Rand, "reserved:host", "reserved:world", "reserved:health"), false, []string{"x"}})
	}
	for i := range labels {
		if source := pick(g.Rand, "", "", "k8s:", "any:"); labels[i].always || source != "" && i < 3 {
			labels[i].key = source + labels[i].key
		}
	}
	s := g.selector(labels)
	if g.IntN(80) == 0 {
		s.MatchExpressions = append(s.MatchExpressions, pick(g.Rand,
			metav1.LabelSelectorRequirement{Key: "app", Operator: "Is", Values: []string{"web"}},
			metav1.LabelSelectorRequirement{Key: "app", Operator: metav1.LabelSelectorOpIn},
			metav1.LabelSelectorRequirement{Key: "app", Operator: metav1.LabelSelectorOpExists, Values: []string{"web"}},
			metav1.LabelSelectorRequirement{Key: "app", Operator: metav1.LabelSelectorOpIn, Values: []string{"no value"}},
			metav1.LabelSelectorRequirement{Key: "no key", Operator: metav1.LabelSelectorOpExists},
		))
	}
	return s
}

// rule is a rule of the direction in which the fields of peers have the prefix.
func (g *ciliumGenerator) rule(prefix string) ciliumRule {
	var r ciliumRule
	var endpoints []metav1.LabelSelector
	var entities, cidrs []string
	var sets []ciliumBlock
	switch g.IntN(10) {
	case 0, 1, 2, 3:
		for range 1 + g.IntN(2) {
			endpoints = append(endpoints, *g.endpoints(false))
		}
	case 4, 5:
		for range 1 + g.IntN(2) {
			entities = append(entities, pick(g.Rand, "all", "world", "cluster", "none", "world-ipv4", "world-ipv6", "health", "init", "ingress", "host", "remote-node"))
			if g.IntN(10) == 0 {
				entities[0] = pick(g.Rand, "kube-apiserver", "unmanaged")
			}
		}
	case 6:
		cidrs = []string{pick(g.Rand, g.cidr(), "192.0.2.1", "192.0.2.77/24", "2001:db8::1")}
	case 7, 8:
		sets = append(sets, g.block())
		if g.IntN(3) == 0 {
			sets = append(sets, g.block())
		}
		if g.IntN(12) == 0 {
			entities = []string{"world"}
		}
	}
	if g.IntN(40) == 0 {
		endpoints = []metav1.LabelSelector{}
	}
	if prefix == "from" {
		r.FromEndpoints, r.FromEntities, r.FromCIDR, r.FromCIDRSet = endpoints, entities, cidrs, sets
	} else {
		r.ToEndpoints, r.ToEntities, r.ToCIDR, r.ToCIDRSet = endpoints, entities, cidrs, sets
	}
	g.layer4(&r)
	if prefix == "to" && len(r.ToPorts) > 0 && g.IntN(10) == 0 {
		r.ToPorts[0] = ciliumPorts{
			Ports: []ciliumPort{{Port: "53", Protocol: pick(g.Rand, "UDP", "TCP", "ANY")}},
			Rules: &ciliumDNS{[]ciliumName{{pick(g.Rand, "*", "*", "*.example.com")}}},
		}
	}
	return r
}

func (g *ciliumGenerator) block() ciliumBlock {
	if g.IntN(40) == 0 {
		return ciliumBlock{CIDR: "10.0.0.0/8", Except: []string{"11.0.0.0/16"}}
	}
	return pick(g.Rand,
		ciliumBlock{CIDR: g.cidr()}, ciliumBlock{CIDR: "0.0.0.0/0", Except: []string{"10.0.0.0/8"}},
		ciliumBlock{CIDR: "0.0.0.0/0", Except: []string{"10.0.0.0/8", "192.0.2.128/25"}},
		ciliumBlock{CIDR: "192.0.2.0/24", Except: []string{"192.0.2.0/24"}}, ciliumBlock{CIDR: "::/0", Except: []string{"2001:db8:1::/48"}},
	)
}

func (g *ciliumGenerator) layer4(r *ciliumRule) {
	if g.IntN(12) == 0 {
		r.ICMPs = []ciliumICMP{{Fields: []ciliumICMPField{{Family: "IPv4", Type: 8}}}}
		return
	}
	for range g.IntN(3) {
		var entry ciliumPorts
		for range 1 + g.IntN(2) {
			entry.Ports = append(entry.Ports, g.port())
		}
		if g.IntN(60) == 0 {
			entry.Ports = nil
		}
		r.ToPorts = append(r.ToPorts, entry)
	}
}

func (g *ciliumGenerator) port() ciliumPort {
	p := ciliumPort{Port: pick(g.Rand, "53", "80", "8080", "0"), Protocol: pick(g.Rand, "TCP", "UDP", "SCTP", "ANY", "", "tcp")}
	switch g.IntN(80) {
	case 0:
		return pick(g.Rand, ciliumPort{Port: "8", Protocol: "ICMP"}, ciliumPort{Port: "0x50"}, ciliumPort{Port: "70000"}, ciliumPort{Port: ""}, ciliumPort{Port: "80", Protocol: "QUIC"})
	case 1:
		return ciliumPort{Port: "0", Protocol: pick(g.Rand, "VRRP", "IGMP")}
	case 2:
		p.EndPort = pick[int32](g.Rand, 79, 80, 9000, 65535)
	case 3, 4, 5, 6, 7, 8:
		p.Port = pick(g.Rand, "http", "dns", "HTTP", "nobody")
	}
	if first, err := strconv.Atoi(p.Port); err == nil && first > 0 && g.IntN(3) == 0 {
		p.EndPort = int32(min(65535, first+g.IntN(100)*g.IntN(100)))
	}
	return p
}
