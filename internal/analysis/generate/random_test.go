package generate_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/yaml"

	"holdfast.dev/holdfast/internal/analysis/generate"
	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
	"holdfast.dev/holdfast/internal/snapshot/implied"
)

// files is a snapshot of one file.
func files(t testing.TB, text string) *snapshot.Snapshot {
	t.Helper()
	var changes []snapshot.Change
	document.NewDecoder("").Decode(document.Text{File: "cluster.yaml", Data: []byte(text), Editable: true}, func(c snapshot.Change) {
		if c.Gap != nil {
			t.Fatalf("%s\n%s", c.Gap.Reason, text)
		}
		changes = append(changes, c)
	})
	changes = append(changes, implied.OfFiles(changes)...)
	return snapshot.New(snapshot.Settings{Version: snapshot.Version{Major: 1, Minor: 36}}, changes...)
}

// written is policies as they are written, to be read again.
func written(t testing.TB, policies []*networkingv1.NetworkPolicy) string {
	t.Helper()
	var out strings.Builder
	for _, policy := range policies {
		text, err := yaml.Marshal(policy)
		if err != nil {
			t.Fatal(err)
		}
		out.WriteString("---\n" + string(text))
	}
	return out.String()
}

// world is a random cluster, and what was seen in it.
type world struct {
	text  string
	names []string // namespace/name[kind]
	flows []generate.Flow
}

const dnsText = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: coredns, namespace: kube-system}
spec:
  replicas: 2
  selector: {matchLabels: {k8s-app: kube-dns}}
  template:
    metadata: {labels: {k8s-app: kube-dns}}
    spec: {containers: [{name: dns, image: dns, ports: [{name: dns, containerPort: 53, protocol: UDP}]}]}
`

func randomWorld(r *rand.Rand) *world {
	c := &world{text: dnsText}
	labels := []string{"", "app: a", "app: b", "app: a, tier: x", "app: b, version: v1", "app: b, version: v2", "tier: x", "app: c, pod-template-hash: h"}
	for n := range 1 + r.IntN(3) {
		namespace := fmt.Sprintf("ns%d", n)
		for w := range 1 + r.IntN(4) {
			name := fmt.Sprintf("w%d", w)
			kind := []string{"Deployment", "StatefulSet", "DaemonSet"}[r.IntN(3)]
			own := labels[r.IntN(len(labels))]
			if r.IntN(2) == 0 {
				own = fmt.Sprintf("app: app%d", w)
			}
			replicas := fmt.Sprintf("replicas: %d,", 1+r.IntN(2))
			if kind == "DaemonSet" {
				replicas = ""
			}
			c.text += fmt.Sprintf("---\napiVersion: apps/v1\nkind: %s\nmetadata: {name: %s, namespace: %s}\nspec: {%s selector: {matchLabels: {%s}}, template: {metadata: {labels: {%s}}, spec: {containers: [{name: c, image: i}]}}}\n",
				kind, name, namespace, replicas, own, own)
			c.names = append(c.names, fmt.Sprintf("%s/%s[%s]", namespace, name, kind))
		}
	}
	side := func() generate.Side {
		if r.IntN(5) == 0 {
			return generate.Side{Address: netip.AddrFrom4([4]byte{203, 0, 113, byte(r.IntN(4))})}
		}
		namespace, rest, _ := strings.Cut(c.names[r.IntN(len(c.names))], "/")
		name, kind, _ := strings.Cut(rest, "[")
		return generate.Side{Namespace: namespace, Name: name, Kind: strings.TrimSuffix(kind, "]")}
	}
	for range r.IntN(12) {
		f := generate.Flow{Src: side(), Dst: side(), Protocol: netpol.Protocol(r.IntN(3)), Port: uint16(80 + r.IntN(3)), Seen: generate.Place{File: "flows", Line: 1}}
		if f.Src.Name != "" || f.Dst.Name != "" {
			c.flows = append(c.flows, f)
		}
	}
	return c
}

func (c *world) generate(t testing.TB, options generate.Options) *generate.Result {
	t.Helper()
	collector := generate.NewCollector(files(t, c.text).View(), options)
	for i := range c.flows {
		collector.Observe(&c.flows[i])
	}
	return collector.Generate()
}

// allowed asks a network for every connection between workloads, and to and from some
// addresses, on some ports.
func (c *world) allowed(t testing.TB, policies []*networkingv1.NetworkPolicy) map[string]bool {
	t.Helper()
	network := netpol.Model(files(t, c.text+written(t, policies)).View(), netpol.Profile{})
	peers := map[string]netpol.Peer{}
	for _, end := range network.Ends() {
		peers[end.String()] = netpol.Of(end)
	}
	for i := range 5 {
		address := netip.AddrFrom4([4]byte{203, 0, 113, byte(i)})
		peers[address.String()+"/32"] = netpol.Outside(address)
	}
	found := map[string]bool{}
	for srcName, src := range peers {
		for dstName, dst := range peers {
			if src.End == nil && dst.End == nil || src == dst && (src.End == nil || !src.End.Replicated) {
				continue
			}
			for _, protocol := range netpol.Protocols() {
				for _, port := range []uint16{53, 79, 80, 81, 82, 83} {
					verdict := network.Verdict(src, dst, protocol, port)
					if verdict != netpol.Allowed && verdict != netpol.Denied {
						t.Fatalf("%s to %s is %s", srcName, dstName, verdict)
					}
					if verdict == netpol.Allowed {
						found[fmt.Sprintf("%s to %s on %s %d", srcName, dstName, protocol, port)] = true
					}
				}
			}
		}
	}
	return found
}

// between keeps the connections of which one side is in a governed namespace.
func between(found map[string]bool, governed []string) []string {
	var kept []string
	for text := range found {
		src, rest, _ := strings.Cut(text, " to ")
		for _, namespace := range governed {
			if strings.HasPrefix(src, namespace+"/") || strings.HasPrefix(rest, namespace+"/") {
				kept = append(kept, text)
				break
			}
		}
	}
	slices.Sort(kept)
	return kept
}

// What the policies of random flows allow is what was seen, what the certificate calls
// a widening, and DNS, as asked of the policies that were written and read again; and
// without any one rule, peer or port less is allowed. Nothing here goes by what the
// certificate says of itself.
func TestRandomFlows(t *testing.T) {
	count := 400
	if testing.Short() {
		count = 50
	}
	widened, empty := 0, 0
	for seed := range count {
		c := randomWorld(rand.New(rand.NewPCG(uint64(seed), 4)))
		result := c.generate(t, generate.Options{MergeBits: generate.NoMerge})
		certificate := &result.Certificate
		claim := generate.Proved
		if len(result.Namespaces) == 0 {
			claim = generate.Undecided // there is nothing to make it about
		}
		if certificate.Exact != claim || certificate.Irredundant != claim || len(result.Gaps) > 0 {
			t.Fatalf("seed %d: %+v\n%v\n%s", seed, certificate, result.Gaps, c.text)
		}
		want := map[string]bool{}
		for _, connection := range result.Connections {
			if connection.Source == generate.Observed && connection.Count == 0 {
				t.Errorf("seed %d: %s was not seen", seed, connection)
			}
			if connection.Source == generate.Observed {
				want[connection.String()] = true
			}
		}
		c.wantFlows(t, want, result)
		for _, w := range certificate.Widened {
			if want[w.Connection] {
				t.Errorf("seed %d: %s is no widening", seed, w.Connection)
			}
			if !strings.Contains(w.Connection, "any other pod") {
				want[w.Connection] = true
			}
			widened++
		}
		c.addDNS(want, result.Namespaces)
		got := between(c.allowed(t, result.Policies), result.Namespaces)
		if expected := between(want, result.Namespaces); !slices.Equal(got, expected) {
			t.Fatalf("seed %d: allowed\n%s\nwant\n%s\n%s\n%s", seed, strings.Join(got, "\n"), strings.Join(expected, "\n"), c.text, written(t, result.Policies))
		}
		if len(result.Policies) == 0 {
			empty++
		}
		if seed < 40 {
			c.irredundant(t, result, got)
		}
	}
	if widened == 0 || empty > count/2 {
		t.Errorf("%d widenings, %d of %d without policies: the clusters say little", widened, empty, count)
	}
}

// wantFlows checks that every flow that can be decided about became a connection.
func (c *world) wantFlows(t *testing.T, want map[string]bool, result *generate.Result) {
	t.Helper()
	seen := map[string]bool{}
	for i := range c.flows {
		f := &c.flows[i]
		name := func(s generate.Side) string {
			if s.Name == "" {
				return s.Address.String() + "/32"
			}
			return s.String()
		}
		seen[fmt.Sprintf("%s to %s on %s %d", name(f.Src), name(f.Dst), f.Protocol, f.Port)] = true
	}
	for text := range want {
		if !seen[text] {
			t.Errorf("%s was never seen", text)
		}
	}
	for text := range seen {
		src, rest, _ := strings.Cut(text, " to ")
		dst, _, _ := strings.Cut(rest, " on ")
		if src != dst && !want[text] {
			t.Errorf("%s was seen, and is no connection of the result", text)
		}
	}
}

func (c *world) addDNS(want map[string]bool, governed []string) {
	for _, of := range c.names {
		if namespace, _, _ := strings.Cut(of, "/"); slices.Contains(governed, namespace) {
			want[of+" to kube-system/coredns[Deployment] on UDP 53"] = true
			want[of+" to kube-system/coredns[Deployment] on TCP 53"] = true
		}
	}
}

// irredundant deletes each rule, each of several peers and each of several ports.
func (c *world) irredundant(t *testing.T, result *generate.Result, all []string) {
	t.Helper()
	for i, policy := range result.Policies {
		try := func(what string, change func(*networkingv1.NetworkPolicySpec)) {
			policies := slices.Clone(result.Policies)
			policies[i] = policy.DeepCopy()
			change(&policies[i].Spec)
			if got := between(c.allowed(t, policies), result.Namespaces); slices.Equal(got, all) {
				t.Errorf("without %s of %s/%s the same is allowed", what, policy.Namespace, policy.Name)
			}
		}
		for j, rule := range policy.Spec.Ingress {
			try("ingress", func(s *networkingv1.NetworkPolicySpec) { s.Ingress = slices.Delete(s.Ingress, j, j+1) })
			for k := range rule.From {
				if len(rule.From) > 1 {
					try("from", func(s *networkingv1.NetworkPolicySpec) { s.Ingress[j].From = slices.Delete(s.Ingress[j].From, k, k+1) })
				}
			}
			for k := range rule.Ports {
				if len(rule.Ports) > 1 {
					try("ingress ports", func(s *networkingv1.NetworkPolicySpec) {
						s.Ingress[j].Ports = slices.Delete(s.Ingress[j].Ports, k, k+1)
					})
				}
			}
		}
		for j, rule := range policy.Spec.Egress {
			try("egress", func(s *networkingv1.NetworkPolicySpec) { s.Egress = slices.Delete(s.Egress, j, j+1) })
			for k := range rule.To {
				if len(rule.To) > 1 {
					try("to", func(s *networkingv1.NetworkPolicySpec) { s.Egress[j].To = slices.Delete(s.Egress[j].To, k, k+1) })
				}
			}
			for k := range rule.Ports {
				if len(rule.Ports) > 1 {
					try("egress ports", func(s *networkingv1.NetworkPolicySpec) { s.Egress[j].Ports = slices.Delete(s.Egress[j].Ports, k, k+1) })
				}
			}
		}
	}
}
