package reach

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
	"holdfast.dev/holdfast/internal/snapshot/implied"
)

// network reads a cluster from a file as it would be written.
func network(t testing.TB, text string) *Network {
	t.Helper()
	var changes []snapshot.Change
	document.NewDecoder("").Decode(document.Text{File: "cluster.yaml", Data: []byte(text), Editable: true}, func(c snapshot.Change) {
		changes = append(changes, c)
	})
	changes = append(changes, implied.OfFiles(changes)...)
	s := snapshot.New(snapshot.Settings{Version: snapshot.Version{Major: 1, Minor: 36}}, changes...)
	return Of(s.View(), netpol.Profile{PodBlocks: netpol.Ignores, HostNetwork: netpol.Ignores})
}

func deployment(namespace, name, labels string, replicas int) string {
	return fmt.Sprintf(`---
apiVersion: apps/v1
kind: Deployment
metadata: {name: %[2]s, namespace: %[1]s}
spec:
  replicas: %[4]d
  selector: {matchLabels: {app: %[2]s}}
  template:
    metadata: {labels: {app: %[2]s%[3]s}}
    spec: {containers: [{name: c, image: x, ports: [{name: http, containerPort: 8080}]}]}
`, namespace, name, labels, replicas)
}

// random draws a small cluster: some workloads, some policies.
func random(r *rand.Rand) string {
	var b strings.Builder
	for i := range 2 + r.IntN(4) {
		b.WriteString(deployment([]string{"a", "b"}[i%2], fmt.Sprintf("w%d", i), fmt.Sprintf(", tier: t%d", i%3), 1+r.IntN(2)))
	}
	blocks := []string{"{cidr: 10.0.0.0/8}", "{cidr: 10.0.0.0/8, except: [10.1.0.0/16]}", "{cidr: 10.1.0.0/16}", "{cidr: 0.0.0.0/0}", "{cidr: 'fd00::/8'}"}
	ports := []string{"", "      ports: [{port: 80}]\n", "      ports: [{port: 80, endPort: 90}, {protocol: UDP, port: 53}]\n", "      ports: [{port: http}]\n"}
	for i := range r.IntN(4) {
		peer := []string{fmt.Sprintf("{podSelector: {matchLabels: {tier: t%d}}}", r.IntN(3)), "{namespaceSelector: {}}", "{ipBlock: " + blocks[r.IntN(len(blocks))] + "}"}[r.IntN(3)]
		selector := []string{"{}", fmt.Sprintf("{matchLabels: {tier: t%d}}", r.IntN(3))}[r.IntN(2)]
		direction, word := "ingress", "from"
		if r.IntN(2) == 0 {
			direction, word = "egress", "to"
		}
		fmt.Fprintf(&b, "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p%d, namespace: %s}\nspec:\n  podSelector: %s\n  policyTypes: [%s]\n  %s:\n    - %s: [%s]\n%s",
			i, []string{"a", "b"}[r.IntN(2)], selector, strings.ToUpper(direction[:1])+direction[1:], direction, word, peer, ports[r.IntN(len(ports))])
	}
	return b.String()
}

var (
	probedAddresses = []string{"9.9.9.9", "10.0.0.1", "10.1.0.1", "10.1.255.255", "10.2.0.0", "192.0.2.1", "fd00::1", "2001:db8::1"}
	probedPorts     = []uint16{1, 53, 79, 80, 85, 90, 91, 8080, 65535}
)

// probes are every pair of peers of which at least one is a workload.
func probes(n *Network) [][2]Peer {
	var peers []Peer
	for _, end := range n.Ends() {
		peers = append(peers, Peer{Peer: netpol.Of(end)})
	}
	for _, address := range probedAddresses {
		peers = append(peers, Peer{Peer: netpol.Outside(netip.MustParseAddr(address))})
	}
	var list [][2]Peer
	for _, src := range peers {
		for _, dst := range peers {
			if (src.End != nil || dst.End != nil) && !(src.End != nil && src.End == dst.End && !src.End.Replicated) {
				list = append(list, [2]Peer{src, dst})
			}
		}
	}
	return list
}

func (p Peer) covers(other Peer) bool {
	if p.End != nil || other.End != nil {
		return p.End == other.End
	}
	return p.Range.Contains(other.Range.From)
}

// A list, a matrix laid out either way, its grid and an explanation say what the
// policies say of each connection.
func TestEveryFormSaysTheSame(t *testing.T) {
	for seed := range uint64(150) {
		n := network(t, random(rand.New(rand.NewPCG(seed, 1))))
		forms := map[string]func(src, dst Peer) Access{"list": listed(n)}
		for _, bySource := range []bool{true, false} {
			forms[fmt.Sprintf("matrix by source %v", bySource)] = inMatrix(n.Matrix(n.Connections(), bySource))
		}
		grid := n.Matrix(n.Connections(), false).Grid()
		forms["grid"] = inGrid(grid)
		for _, probe := range probes(n) {
			for name, form := range forms {
				access := form(probe[0], probe[1])
				for _, protocol := range netpol.Protocols() {
					for _, port := range probedPorts {
						want := ofPolicies(n.Policies.Verdict(probe[0].Peer, probe[1].Peer, protocol, port))
						if got := stateAt(of(access, protocol), port).Verdict; got != want {
							t.Fatalf("seed %d, %s: %s to %s, %s %d is %s, want %s", seed, name, probe[0], probe[1], protocol, port, got, want)
						}
					}
				}
			}
		}
		alike(t, grid)
	}
}

func listed(n *Network) func(src, dst Peer) Access {
	return func(src, dst Peer) Access {
		var access Access
		for c := range n.Connections() {
			if c.Src.covers(src) && c.Dst.covers(dst) {
				access = append(access, Ports{c.Protocol, c.From, c.To, c.Verdict, c.Condition})
			}
		}
		return access
	}
}

func inMatrix(m *Matrix) func(src, dst Peer) Access {
	return func(src, dst Peer) Access {
		if m.BySource {
			src, dst = dst, src
		}
		for i := range m.Lines {
			if !m.Lines[i].Peer.covers(dst) {
				continue
			}
			for _, g := range m.Lines[i].Groups {
				if g.has(m, src) {
					return m.Accesses[g.Access]
				}
			}
		}
		return nil
	}
}

func (g *Group) has(m *Matrix, p Peer) bool {
	if p.End != nil {
		return g.Ends.Has(slices.Index(m.Ends, p.End))
	}
	return slices.ContainsFunc(g.Ranges, func(r netpol.Range) bool { return r.Contains(p.Range.From) })
}

func inGrid(g *Grid) func(src, dst Peer) Access {
	return func(src, dst Peer) Access {
		var groups []Group
		outside := src
		switch {
		case src.End != nil && dst.End != nil:
			return g.Access(slices.Index(g.Ends, src.End), slices.Index(g.Ends, dst.End))
		case dst.End == nil:
			groups, outside = g.To(slices.Index(g.Ends, src.End)), dst
		default:
			groups = g.From(slices.Index(g.Ends, dst.End))
		}
		for i := range groups {
			if groups[i].has(g.Matrix, outside) {
				return g.Accesses[groups[i].Access]
			}
		}
		return nil
	}
}

// alike demands that workloads of one part can stand for one another.
func alike(t *testing.T, g *Grid) {
	t.Helper()
	for _, part := range g.Alike() {
		for _, i := range part {
			for k := range g.Ends {
				if !slices.Contains(part, k) && (g.Access(i, k).Compare(g.Access(part[0], k)) != 0 || g.Access(k, i).Compare(g.Access(k, part[0])) != 0) {
					t.Fatalf("%s and %s differ to %s", g.Ends[i], g.Ends[part[0]], g.Ends[k])
				}
			}
		}
	}
}

// A difference is told exactly where two networks differ, and what is told is as wide
// as it can be.
func TestDiffTellsWhatDiffers(t *testing.T) {
	told := map[Change]int{}
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 2))
		before, after := network(t, random(r)), network(t, random(r))
		var list []Difference
		Diff(before, after, func(d *Difference) bool { list = append(list, *d); told[d.Change]++; return true })
		for i := range list {
			if d := &list[i]; d.Before == d.After || i > 0 && adjacent(&list[i-1], d) {
				t.Fatalf("seed %d: %v is no difference, or goes on %v", seed, d, list[max(0, i-1)])
			}
		}
		old, new := listed(before), listed(after)
		for _, probe := range slices.Concat(probes(before), probes(after)) {
			if probe[0].End != nil && probe[0].End == probe[1].End && (single(before, probe[0]) || single(after, probe[0])) {
				continue
			}
			was, is := old(inOf(before, probe[0]), inOf(before, probe[1])), new(inOf(after, probe[0]), inOf(after, probe[1]))
			for _, protocol := range netpol.Protocols() {
				for _, port := range probedPorts {
					want := [2]State{stateAt(of(was, protocol), port), stateAt(of(is, protocol), port)}
					got, found := lookup(list, probe, protocol, port)
					if found != (want[0] != want[1]) || found && got != want {
						t.Fatalf("seed %d: %s to %s, %s %d: told %v (%v), want %v", seed, probe[0], probe[1], protocol, port, got, found, want)
					}
				}
			}
		}
	}
	for _, change := range []Change{Gained, Lost, Appeared, Vanished} {
		if told[change] == 0 {
			t.Errorf("nothing was %s", change)
		}
	}
}

// inOf is a peer in another network; one that it does not have reaches nothing.
func inOf(n *Network, p Peer) Peer {
	if p.End == nil {
		return p
	}
	for _, end := range n.Ends() {
		if end.String() == p.End.String() {
			return Peer{Peer: netpol.Of(end)}
		}
	}
	return Peer{Ingress: true}
}

// single reports whether a workload of a network has one pod.
func single(n *Network, p Peer) bool {
	end := inOf(n, p).End
	return end != nil && !end.Replicated
}

func adjacent(a, b *Difference) bool {
	same := a.Src == b.Src && a.Dst == b.Dst && a.Protocol == b.Protocol && a.Before == b.Before && a.After == b.After
	return same && int(a.To)+1 >= int(b.From)
}

func lookup(list []Difference, probe [2]Peer, protocol netpol.Protocol, port uint16) ([2]State, bool) {
	named := func(p, q Peer) bool {
		if p.End != nil && q.End != nil {
			return p.End.String() == q.End.String()
		}
		return p.covers(q)
	}
	for i := range list {
		if d := &list[i]; named(d.Src, probe[0]) && named(d.Dst, probe[1]) && d.Protocol == protocol && d.From <= port && port <= d.To {
			return [2]State{d.Before, d.After}, true
		}
	}
	return [2]State{}, false
}

// Explanations of all ports cover each port once, with its verdict.
func TestExplanationsCoverAllPorts(t *testing.T) {
	for seed := range uint64(40) {
		n := network(t, random(rand.New(rand.NewPCG(seed, 3))))
		for _, probe := range probes(n) {
			ports := 0
			for _, x := range n.Explain(probe[0], probe[1], nil) {
				ports += x.Ports.count()
				for _, p := range x.Ports {
					for _, port := range []uint16{p.From, p.To} {
						if got := ofPolicies(n.Policies.Verdict(probe[0].Peer, probe[1].Peer, p.Protocol, port)); got != x.Verdict {
							t.Fatalf("seed %d: %s to %s, %s %d is %s, explained as %s", seed, probe[0], probe[1], p.Protocol, port, got, x.Verdict)
						}
					}
				}
			}
			if want := 3 * MostPorts; ports != want {
				t.Fatalf("seed %d: %d ports are explained of %d", seed, ports, want)
			}
		}
	}
}

// Growing is more that can be reached; what is not known cannot be told.
func TestGrew(t *testing.T) {
	for _, test := range []struct {
		before, after   State
		grew, uncertain bool
	}{
		{State{Verdict: Denied}, State{Verdict: Allowed}, true, false},
		{State{Verdict: Allowed}, State{Verdict: Denied}, false, false},
		{State{Verdict: Denied}, State{Verdict: Undefined}, true, false},
		{State{Verdict: Undefined}, State{Verdict: Allowed}, true, false},
		{State{Verdict: Allowed}, State{Conditional, "a"}, false, false},
		{State{Conditional, "a"}, State{Conditional, "b"}, true, false},
		{State{Verdict: Denied}, State{Verdict: Unknown}, false, true},
		{State{Verdict: Unknown}, State{Verdict: Allowed}, false, true},
		{State{Verdict: Unknown}, State{Verdict: Denied}, false, false},
		{State{Verdict: Allowed}, State{Verdict: Unknown}, false, false},
	} {
		d := Difference{Before: test.before, After: test.after}
		if d.Grew() != test.grew || d.Uncertain() != test.uncertain {
			t.Errorf("%v to %v: grew %v, uncertain %v", test.before, test.after, d.Grew(), d.Uncertain())
		}
	}
}

// More pods of a workload, or fewer, are no connection that was gained or lost.
func TestScalingIsNoDifference(t *testing.T) {
	one, three := network(t, deployment("a", "web", "", 1)), network(t, deployment("a", "web", "", 3))
	for _, pair := range [][2]*Network{{one, three}, {three, one}} {
		Diff(pair[0], pair[1], func(d *Difference) bool {
			t.Errorf("%s: %s to %s, %s to %s", d.Change, d.Src, d.Dst, d.Before.Verdict, d.After.Verdict)
			return true
		})
	}
}

// A workload may have been there where not all could be read: it did not appear.
func TestUnreadableWorkloadsDidNotAppear(t *testing.T) {
	broken, whole := network(t, "kind: Deployment\napiVersion: apps/v1\nmetadata: {name: web, namespace: a}\nspec: {replicas: [}"), network(t, deployment("a", "web", "", 1))
	for i, pair := range [][2]*Network{{broken, whole}, {whole, broken}} {
		told := false
		Diff(pair[0], pair[1], func(d *Difference) bool {
			told = true
			if states := [2]State{d.Before, d.After}; d.Change != Changed || states[i].Verdict != Unknown || d.Grew() {
				t.Errorf("%s, %v to %v", d.Change, d.Before, d.After)
			}
			return true
		})
		if !told {
			t.Error("nothing was told")
		}
	}
}
