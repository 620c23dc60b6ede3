package netpol_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authz "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"github.com/projectcalico/calico/app-policy/checker"
	"github.com/projectcalico/calico/app-policy/policystore"
	"github.com/projectcalico/calico/app-policy/proto"
	"github.com/projectcalico/calico/libcalico-go/lib/selector"
	"github.com/projectcalico/calico/libcalico-go/lib/selector/parser"

	"holdfast.dev/holdfast/internal/analysis/netpol"
)

// calicoStore is what Felix sends Calico's checker for one pod. Felix itself cannot be
// had (see doc.go), so that the selectors of the sets are joined here, as
// libcalico-go/lib/backend/syncersv1/updateprocessors does it; Calico's code reads them,
// and decides.
type calicoStore struct {
	*policystore.PolicyStore
	g *calicoGenerator
}

func newCalicoStore(t testing.TB, g *calicoGenerator, dst party) *calicoStore {
	t.Helper()
	s := &calicoStore{policystore.NewPolicyStore(), g}
	for name, ns := range g.namespaces {
		labels := maps.Clone(ns.Labels)
		labels["projectcalico.org/name"] = name
		id := proto.NamespaceID{Name: name}
		s.NamespaceByID[id] = &proto.NamespaceUpdate{Id: &id, Labels: labels}
	}
	profile := proto.ProfileID{Name: "kns." + dst.pod.Namespace}
	s.ProfileByID[profile] = &proto.Profile{InboundRules: []*proto.Rule{{Action: "allow"}}}
	s.Endpoint = &proto.WorkloadEndpoint{ProfileIds: []string{profile.Name}}
	tier := &proto.TierInfo{Name: "default"}
	for i := range g.policies {
		p := &g.policies[i]
		where := p.spec.Selector
		if p.namespace != "" {
			where = both(where, "projectcalico.org/namespace == '"+p.namespace+"'")
		}
		where = both(where, prefixed(t, p.spec.NamespaceSelector))
		if !p.ingress() || !evaluate(t, where, calicoLabels(g.cluster, dst.pod)) {
			continue
		}
		name := fmt.Sprint(p.namespace, "/", p.name)
		policy := &proto.Policy{Namespace: p.namespace}
		for j := range p.spec.Ingress {
			policy.InboundRules = append(policy.InboundRules, s.rule(t, p, fmt.Sprint(i, ".", j), &p.spec.Ingress[j]))
		}
		s.PolicyByID[proto.PolicyID{Tier: tier.Name, Name: name}] = policy
		tier.IngressPolicies = append(tier.IngressPolicies, name)
	}
	if len(tier.IngressPolicies) > 0 {
		s.Endpoint.Tiers = []*proto.TierInfo{tier}
	}
	return s
}

// both joins selectors; "" is none.
func both(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "":
		return a
	default:
		return "(" + a + ") && (" + b + ")"
	}
}

// prefixed is a selector of namespaces as one of endpoints.
func prefixed(t testing.TB, text string) string {
	t.Helper()
	if text == "" {
		return ""
	}
	parsed, err := parser.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	parsed.AcceptVisitor(parser.PrefixVisitor{Prefix: "pcns."})
	return strings.NewReplacer("all()", "has(projectcalico.org/namespace)", "global()", "!has(projectcalico.org/namespace)").Replace(parsed.String())
}

func evaluate(t testing.TB, text string, labels map[string]string) bool {
	t.Helper()
	parsed, err := selector.Parse(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return parsed.Evaluate(labels)
}

// rule makes of a rule what Felix sends.
func (s *calicoStore) rule(t testing.TB, p *calicoPolicy, id string, r *calicoRule) *proto.Rule {
	t.Helper()
	e := &r.Source
	rule := &proto.Rule{
		Action: strings.ToLower(r.Action), SrcNet: e.Nets,
		OriginalSrcSelector: e.Selector, OriginalNotSrcSelector: e.NotSelector, OriginalSrcNamespaceSelector: e.NamespaceSelector,
	}
	if r.Protocol != "" {
		rule.Protocol = &proto.Protocol{NumberOrName: &proto.Protocol_Name{Name: r.Protocol}}
	}
	if r.NotProtocol != "" {
		rule.NotProtocol = &proto.Protocol{NumberOrName: &proto.Protocol_Name{Name: r.NotProtocol}}
	}
	accounts := ""
	if e.ServiceAccounts != nil {
		rule.SrcServiceAccountMatch = &proto.ServiceAccountMatch{Names: e.ServiceAccounts.Names}
		accounts = "projectcalico.org/serviceaccount in { '" + strings.Join(e.ServiceAccounts.Names, "', '") + "' }"
	}
	namespaces := prefixed(t, e.NamespaceSelector)
	if namespaces == "" && p.namespace != "" {
		namespaces = "projectcalico.org/namespace == '" + p.namespace + "'"
	}
	where := both(accounts, e.Selector)
	if where != "" || e.NotSelector != "" || e.NamespaceSelector != "" {
		where = both(namespaces, where)
	}
	if where != "" {
		rule.SrcIpSetIds = []string{s.set(t, id+" in", where)}
	}
	if e.NotSelector != "" {
		rule.NotSrcIpSetIds = []string{s.set(t, id+" not", e.NotSelector)}
	}
	s.ports(rule, id, r.Destination.Ports)
	return rule
}

// set adds the set of addresses that a selector selects: of pods and of network sets.
func (s *calicoStore) set(t testing.TB, id, where string) string {
	t.Helper()
	set := policystore.NewIPSet(proto.IPSetUpdate_NET)
	for _, p := range s.g.parties()[:len(s.g.pods)] {
		if evaluate(t, where, calicoLabels(s.g.cluster, p.pod)) {
			set.AddString(fmt.Sprint(p.address, "/", p.address.BitLen()))
		}
	}
	for _, n := range s.g.sets {
		labels := maps.Clone(n.labels)
		if n.namespace != "" {
			labels["projectcalico.org/namespace"], labels["pcns.projectcalico.org/name"] = n.namespace, n.namespace
			for key, value := range s.g.namespaces[n.namespace].Labels {
				labels["pcns."+key] = value
			}
		}
		if evaluate(t, where, labels) {
			for _, net := range n.nets {
				set.AddString(net)
			}
		}
	}
	s.IPSetByID[id] = set
	return id
}

func (s *calicoStore) ports(rule *proto.Rule, id string, ports []any) {
	for i, port := range ports {
		switch port := port.(type) {
		case int:
			rule.DstPorts = append(rule.DstPorts, &proto.PortRange{First: int32(port), Last: int32(port)})
		case string:
			var first, last int32
			if n, _ := fmt.Sscanf(port, "%d:%d", &first, &last); n == 2 {
				rule.DstPorts = append(rule.DstPorts, &proto.PortRange{First: first, Last: last})
				continue
			}
			set := policystore.NewIPSet(proto.IPSetUpdate_IP_AND_PORT)
			for _, p := range s.g.parties()[:len(s.g.pods)] {
				for _, named := range p.pod.Spec.Containers[0].Ports {
					if named.Name == port && named.Protocol == "TCP" {
						set.AddString(fmt.Sprintf("%s,tcp:%d", p.address, named.ContainerPort))
					}
				}
			}
			name := fmt.Sprint(id, " port ", i)
			s.IPSetByID[name] = set
			rule.DstNamedPortIpSetIds = append(rule.DstNamedPortIpSetIds, name)
		}
	}
}

// allows asks Calico's checker, which knows TCP alone.
func (s *calicoStore) allows(t testing.TB, q connection) bool {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	server := checker.NewServer(ctx, nil)
	server.Store = s.PolicyStore
	answer, err := server.Check(ctx, &authz.CheckRequest{Attributes: &authz.AttributeContext{
		Source: calicoPeer(q.src, 40_000), Destination: calicoPeer(q.dst, q.port),
	}})
	if err != nil {
		t.Fatal(err)
	}
	if code := answer.GetStatus().GetCode(); code != checker.OK && code != checker.PERMISSION_DENIED {
		t.Fatalf("%s: status %d", q, code)
	}
	return answer.GetStatus().GetCode() == checker.OK
}

func calicoPeer(p party, port uint16) *authz.AttributeContext_Peer {
	peer := &authz.AttributeContext_Peer{Address: &core.Address{Address: &core.Address_SocketAddress{SocketAddress: &core.SocketAddress{
		Address: p.address.String(), PortSpecifier: &core.SocketAddress_PortValue{PortValue: uint32(port)},
	}}}}
	if p.pod != nil {
		peer.Principal = fmt.Sprintf("spiffe://cluster.local/ns/%s/sa/%s", p.pod.Namespace, p.pod.Spec.ServiceAccountName)
	}
	return peer
}

// What Holdfast says of what enters the pods of 3,000 clusters with policies of Calico
// is what Calico's checker says.
func TestAgainstCalico(t *testing.T) {
	t.Parallel()
	var counts tally
	for seed := range uint64(3000) {
		g := newCalicoGenerator(seed)
		ours := g.model(t, "calico")
		if len(ours.Gaps()) > 0 {
			t.Fatalf("seed %d: %v", seed, ours.Gaps())
		}
		stores := map[string]*calicoStore{}
		for range 40 {
			q := g.ask()
			q.protocol = netpol.TCP
			if q.dst.pod == nil {
				continue
			}
			if stores[q.dst.String()] == nil {
				stores[q.dst.String()] = newCalicoStore(t, g, q.dst)
			}
			want := netpol.Denied
			if stores[q.dst.String()].allows(t, q) {
				want = netpol.Allowed
			}
			got := entering(ours.Explain(g.peer(t, ours, q.src), g.peer(t, ours, q.dst), q.protocol, q.port))
			switch {
			case got != want:
				g.dump(t)
				t.Fatalf("seed %d: %s: %s, Calico says %s", seed, q, got, want)
			case got == netpol.Allowed:
				counts.allowed++
			default:
				counts.denied++
			}
		}
	}
	counts.check(t, 0)
}

// entering is what the policies of the destination say.
func entering(e netpol.Explanation) netpol.Verdict {
	for i := range e.Sides {
		if e.Sides[i].Direction == netpol.Ingress {
			return e.Sides[i].Verdict
		}
	}
	return netpol.Unknown
}
