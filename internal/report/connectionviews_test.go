package report

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/analysis/reach"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
	"holdfast.dev/holdfast/internal/snapshot/implied"
)

// someCluster has single pods and workloads with several, and policies that allow some
// of them, whole namespaces, blocks of addresses and everyone.
func someCluster(r *rand.Rand) *reach.Network {
	var b strings.Builder
	for space := range 1 + r.IntN(3) {
		for i := range 1 + r.IntN(8) {
			labels := fmt.Sprintf("{n: n%d, odd: o%d}", i, i%2)
			if r.IntN(2) == 0 {
				fmt.Fprintf(&b, "---\napiVersion: v1\nkind: Pod\nmetadata: {name: w%d, namespace: space%d, labels: %s}\nspec: {containers: [{name: c, image: x}]}\n", i, space, labels)
			} else {
				fmt.Fprintf(&b, "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: w%d, namespace: space%d}\nspec: {replicas: %d, selector: {matchLabels: {n: n%d}}, template: {metadata: {labels: %s}, spec: {containers: [{name: c, image: x}]}}}\n", i, space, 1+r.IntN(2), i, labels)
			}
		}
		for i := range r.IntN(8) {
			subjects := []string{"{}", "{matchLabels: {odd: o1}}", fmt.Sprintf("{matchLabels: {n: n%d}}", r.IntN(8))}
			peers := []string{
				"podSelector: {}", "podSelector: {matchLabels: {odd: o0}}", fmt.Sprintf("podSelector: {matchLabels: {n: n%d}}", r.IntN(8)),
				"namespaceSelector: {}", "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: space0}}",
				"ipBlock: {cidr: 8.0.0.0/8, except: [8.8.0.0/16]}", "ipBlock: {cidr: '2001:db8::/32'}",
			}
			side, to := "ingress", "from"
			if r.IntN(3) == 0 {
				side, to = "egress", "to"
			}
			rules := []string{"[]", "[{}]", fmt.Sprintf("[{%s: [{%s}, {%s}], ports: [{port: %d}]}]", to, peers[r.IntN(len(peers))], peers[r.IntN(len(peers))], 80+r.IntN(2))}
			fmt.Fprintf(&b, "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p%d, namespace: space%d}\nspec: {podSelector: %s, policyTypes: [%s], %s: %s}\n",
				i, space, subjects[r.IntN(3)], strings.ToUpper(side[:1])+side[1:], side, rules[r.IntN(3)])
		}
	}
	var changes []snapshot.Change
	document.NewDecoder("").Decode(document.Text{File: "cluster.yaml", Data: []byte(b.String()), Editable: true}, func(c snapshot.Change) { changes = append(changes, c) })
	changes = append(changes, implied.OfFiles(changes)...)
	return reach.Of(snapshot.New(snapshot.Settings{Version: snapshot.Version{Major: 1, Minor: 36}}, changes...).View(), netpol.Profile{})
}

// said is what a view says, by "source > destination" and in words of the table. Of
// addresses some stand for all.
type said map[string]string

// amongAlike marks what a line or a box of several says of each of them and itself.
const amongAlike = "alike "

func addresses() []string {
	return []string{"8.1.1.1", "8.8.8.8", "9.9.9.9", "2001:db8::1", "2001:db9::1"}
}

// enter adds what each of the sources can open to each of the destinations.
func (s said) enter(sources, destinations []string, text string) {
	for _, src := range sources {
		for _, dst := range destinations {
			if src == dst && len(sources) > 1 && len(destinations) > 1 {
				s[amongAlike+src] = text
			}
			if pair := src + " > " + dst; !slices.Contains(strings.Split(s[pair], "; "), text) {
				s[pair] = strings.TrimPrefix(s[pair]+"; "+text, "; ")
			}
		}
	}
}

// saidBy is what connections say, which every view must say too.
func saidBy(n *reach.Network) said {
	s, accesses := said{}, map[string]reach.Access{}
	names := func(p reach.Peer) []string {
		if p.End != nil {
			return []string{p.End.Namespace + "/" + p.End.Name}
		}
		return slices.DeleteFunc(addresses(), func(a string) bool { return !p.Range.Contains(netip.MustParseAddr(a)) })
	}
	for c := range n.Connections() {
		for _, src := range names(c.Src) {
			for _, dst := range names(c.Dst) {
				accesses[src+" > "+dst] = append(accesses[src+" > "+dst], reach.Ports{Protocol: c.Protocol, From: c.From, To: c.To, Verdict: c.Verdict})
			}
		}
	}
	for pair, access := range accesses {
		src, dst, _ := strings.Cut(pair, " > ")
		for _, verdict := range access.Verdicts() {
			s.enter([]string{src}, []string{dst}, PortsText(access, verdict)+" "+verdict.String())
		}
	}
	return s
}

// members reads the names of a set, as people do. other is whom "every other" leaves
// out.
func members(t *testing.T, n *reach.Network, text, other string) []string {
	t.Helper()
	var found []string
	depth := 0
	for _, part := range strings.FieldsFunc(text, func(c rune) bool {
		depth += map[rune]int{'{': 1, '}': -1}[c]
		return depth == 0 && c == ','
	}) {
		part = strings.TrimSpace(part)
		whole, missing, _ := strings.Cut(part, " except ")
		left := strings.Split(missing, " and ")
		rest, except := strings.CutPrefix(whole, "every other of ")
		set := rest
		if whole == "every other workload" {
			except, set = true, "every workload"
		}
		before := len(found)
		for _, end := range n.Ends() {
			name := end.Namespace + "/" + end.Name
			space, bare, _ := strings.Cut(set, "/")
			in := set == "every workload" || set == name || space == end.Namespace && (bare == "*" || slices.Contains(strings.Split(strings.Trim(bare, "{}"), ", "), end.Name))
			if in && !(except && name == other) && !slices.Contains(left, name) && !slices.Contains(left, end.Name) {
				found = append(found, name)
			}
		}
		if before == len(found) && !strings.HasPrefix(whole, "every other ") {
			found = append(found, within(t, whole, left)...)
		}
	}
	return found
}

// within are the addresses of a range in words.
func within(t *testing.T, text string, left []string) []string {
	t.Helper()
	holds := func(set string, a netip.Addr) bool {
		switch set {
		case "every address":
			return true
		case "every IPv4 address":
			return a.Is4()
		case "every IPv6 address":
			return a.Is6()
		}
		if prefix, err := netip.ParsePrefix(set); err == nil {
			return prefix.Contains(a)
		}
		from, to, _ := strings.Cut(set, "-")
		first, err := netip.ParseAddr(from)
		last, err2 := netip.ParseAddr(to)
		if err != nil || err2 != nil {
			t.Fatalf("%q names nothing", set)
		}
		return netpol.Range{From: first, To: last}.Contains(a)
	}
	return slices.DeleteFunc(addresses(), func(text2 string) bool {
		a := netip.MustParseAddr(text2)
		return !holds(text, a) || slices.ContainsFunc(left, func(set string) bool { return set != "" && holds(set, a) })
	})
}

// saidByTable reads a table back.
func saidByTable(t *testing.T, n *reach.Network, bySource bool) said {
	t.Helper()
	s := said{}
	for _, row := range matrixTable(n.Matrix(n.Connections(), bySource)).Rows {
		line := members(t, n, row[0].Text, "")
		verdict := "allowed"
		if len(row) > 3 {
			verdict = row[3].Text
		}
		for _, peer := range line {
			others := members(t, n, row[2].Text, peer)
			if len(line) > 1 && slices.Contains(others, peer) {
				s[amongAlike+peer] = verdict
			}
			if bySource {
				s.enter([]string{peer}, others, row[1].Text+" "+verdict)
			} else {
				s.enter(others, []string{peer}, row[1].Text+" "+verdict)
			}
		}
	}
	return s
}

// saidByPicture reads a picture back.
func saidByPicture(t *testing.T, n *reach.Network) said {
	t.Helper()
	c := Connections{Network: n, List: n.Connections()}
	graph, _, err := c.graph()
	if err != nil {
		t.Fatal(err)
	}
	boxes := map[string][]string{}
	for _, node := range graph.Nodes {
		text, all := strings.CutPrefix(node.Label, "every workload of "+node.Kind)
		switch {
		case node.Kind == "outside":
			boxes[node.ID] = members(t, n, node.Label, "")
		case all:
			boxes[node.ID] = members(t, n, node.Kind+"/*"+text, "")
		case strings.HasSuffix(node.Label, " workloads"):
			boxes[node.ID] = members(t, n, node.Kind+"/{"+strings.Join(node.Detail, ", ")+"}", "")
		default:
			boxes[node.ID] = members(t, n, node.Kind+"/"+node.Label, "")
		}
	}
	s := said{}
	for _, edge := range graph.Edges {
		for _, label := range edge.Label {
			ports, verdict, uncertain := strings.Cut(label, ": ")
			if !uncertain {
				verdict = "allowed"
			}
			s.enter(boxes[edge.From], boxes[edge.To], ports+" "+verdict)
		}
	}
	return s
}

// saidByMatrix reads the cells of the page back.
func saidByMatrix(n *reach.Network) said {
	matrix := n.Matrix(n.Connections(), false)
	d := netDrawing{Grid: matrix.Grid(), names: newPeerNames(matrix.Ends), known: map[string]bool{}}
	s := said{}
	parts := d.shown()
	for _, src := range parts {
		for _, dst := range parts {
			access := d.accessOf(src, dst)
			for _, verdict := range access.Verdicts() {
				s.enter(d.full(src), d.full(dst), PortsText(access, verdict)+" "+verdict.String())
			}
		}
	}
	return s
}

func (d *netDrawing) full(part []int) []string {
	var names []string
	for _, i := range part {
		names = append(names, d.names.ends[i])
	}
	return names
}

// The table, by destination and by source, the picture and the matrix say what the list
// says, of every pair: they group it in different ways. What a single pod says to itself
// the list leaves out; only where a line or a box is about several may it be among them.
func TestViewsOfConnectionsAgree(t *testing.T) {
	hubs, others := 0, 0
	for seed := range uint64(500) {
		n := someCluster(rand.New(rand.NewPCG(seed, 1)))
		want := saidBy(n)
		for _, view := range []struct {
			name   string
			said   said
			inside bool
		}{
			{"the table", saidByTable(t, n, false), false},
			{"the table by source", saidByTable(t, n, true), false},
			{"the picture", saidByPicture(t, n), false},
			{"the matrix", saidByMatrix(n), true},
		} {
			for _, pair := range slices.Sorted(maps.Keys(union(want, view.said))) {
				src, dst, paired := strings.Cut(pair, " > ")
				outside := !strings.Contains(src, "/") || !strings.Contains(dst, "/")
				if !paired || view.inside && outside || src == dst && want[pair] == "" && view.said[amongAlike+src] != "" {
					continue
				}
				if want[pair] != view.said[pair] {
					t.Fatalf("seed %d: %s says of %s %q, the list %q", seed, view.name, pair, view.said[pair], want[pair])
				}
			}
		}
		c := Connections{Network: n, List: n.Connections()}
		graph, _, _ := c.graph()
		for _, node := range graph.Nodes {
			if strings.HasPrefix(node.Label, "every workload of ") {
				hubs++
				others += strings.Count(node.Label, " except ")
			}
		}
	}
	if hubs < 50 || others < 20 {
		t.Errorf("%d boxes stand for a namespace, %d of them for all but one: too few to show anything", hubs, others)
	}
}

func union(a, b said) said {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}
