package report

import (
	"fmt"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/analysis/reach"
	"holdfast.dev/holdfast/internal/model"
)

// A drawing with more is no help to anyone.
const (
	graphNodes = 60
	graphEdges = 300
	hubLeast   = 4 // so many boxes of a namespace can be stood for by one
)

// graph draws the list: workloads of one namespace that no connection tells apart are
// one box.
func (c *Connections) graph() (graph Graph, unknown bool, err error) {
	matrix := c.Network.Matrix(c.List, false)
	d := netDrawing{Grid: matrix.Grid(), names: newPeerNames(matrix.Ends), known: map[string]bool{}}
	d.Title, d.Description = "Who can reach whom", "Allowed connections between workloads, by port"
	if c.Filter != "" {
		d.Description += ": " + c.Filter
	}
	d.Graph.Tool, d.Graph.Gaps = c.Tool, c.Gaps
	parts := d.shown()
	if len(parts) > graphNodes {
		return Graph{}, false, tooMany(len(parts), "boxes")
	}
	for _, part := range parts {
		d.workloads(part)
	}
	d.between(parts)
	d.outbound(parts)
	if len(d.Edges) > graphEdges {
		return Graph{}, false, tooMany(len(d.Edges), "arrows")
	}
	return d.Graph, countVerdict(matrix, reach.Unknown) > 0, nil
}

func tooMany(n int, what string) error {
	return fmt.Errorf("a picture of %s %s is not readable: use -o html, or show less with -n, --from, --to or --port", number(n), what)
}

type netDrawing struct {
	Graph
	*reach.Grid
	names *peerNames
	known map[string]bool
}

// shown are the parts that have some connection.
func (d *netDrawing) shown() [][]int {
	var parts [][]int
	for _, part := range d.Alike() {
		i := part[0]
		some := len(d.From(i)) > 0 || len(d.To(i)) > 0
		for k := range d.Ends {
			some = some || d.Access(i, k) != nil || d.Access(k, i) != nil
		}
		if some {
			parts = append(parts, part)
		}
	}
	return parts
}

func (d *netDrawing) id(part []int) string { return d.Ends[part[0]].String() }

// workloads draws the box of a part, and what it has to do with outside.
func (d *netDrawing) workloads(part []int) {
	end := d.Ends[part[0]]
	node := GraphNode{ID: d.id(part), Kind: end.Namespace, Label: d.names.bare[part[0]], Detail: []string{end.Kind}}
	if len(part) > 1 {
		node.Label, node.Detail = number(len(part))+" workloads", nil
		for _, i := range part {
			node.Detail = append(node.Detail, d.names.bare[i])
		}
	}
	for _, i := range part {
		node.Evidence = append(node.Evidence, evidenceOf(d.Ends[i].Object.Evidence("", ""))...)
	}
	d.Nodes = append(d.Nodes, node)
	for _, g := range d.From(part[0]) {
		if g.Ingress {
			d.arrow(d.outside("in", reach.IngressController), node.ID, d.Accesses[g.Access])
		}
		if len(g.Ranges) > 0 {
			d.arrow(d.outside("in", strings.Join(rangeTexts(g.Ranges), ", ")), node.ID, d.Accesses[g.Access])
		}
	}
}

// outbound draws what parts reach outside; where all of a namespace do the same, one
// arrow stands for theirs.
func (d *netDrawing) outbound(parts [][]int) {
	done := map[int]bool{}
	for _, space := range d.spaces(parts) {
		first := d.To(parts[space[0]][0])
		same := func(i int) bool { return slices.EqualFunc(first, d.To(parts[i][0]), sameGroup) }
		if len(first) > 0 && !slices.ContainsFunc(space, func(i int) bool { return !same(i) }) {
			for _, i := range space {
				done[i] = true
			}
			d.leave(d.whole("in", d.Ends[parts[space[0]][0]].Namespace, ""), first)
		}
	}
	for i, part := range parts {
		if !done[i] {
			d.leave(d.id(part), d.To(part[0]))
		}
	}
}

func (d *netDrawing) leave(from string, groups []reach.Group) {
	for _, g := range groups {
		d.arrow(from, d.outside("out", strings.Join(rangeTexts(g.Ranges), ", ")), d.Accesses[g.Access])
	}
}

func sameGroup(a, b reach.Group) bool {
	return a.Access == b.Access && slices.Equal(a.Ranges, b.Ranges)
}

// evidenceOf is evidence where it says more than the name.
func evidenceOf(e model.Evidence) []model.Evidence {
	if e.File == "" {
		return nil
	}
	return []model.Evidence{e}
}

// outside draws a box for peers that are no workloads, one for each direction, so that
// arrows run one way.
func (d *netDrawing) outside(direction, text string) string {
	id := direction + " " + text
	if !d.known[id] {
		d.known[id] = true
		d.Nodes = append(d.Nodes, GraphNode{ID: id, Kind: "outside", Label: text})
	}
	return id
}

// between draws the arrows between parts. Where all workloads of a namespace do the
// same, one arrow stands for theirs.
func (d *netDrawing) between(parts [][]int) {
	done := map[[2]int]bool{} // by positions of parts
	spaces := d.spaces(parts)
	for _, space := range spaces {
		for dst := range parts {
			d.hub(parts, space, dst, true, done)
		}
	}
	for _, space := range spaces {
		for src := range parts {
			d.hub(parts, space, src, false, done)
		}
	}
	for i, src := range parts {
		for j, dst := range parts {
			if !done[[2]int{i, j}] {
				d.arrow(d.id(src), d.id(dst), d.accessOf(src, dst))
			}
		}
	}
}

// spaces are the positions of the parts of each namespace that has many, and no
// workload that is not shown.
func (d *netDrawing) spaces(parts [][]int) [][]int {
	var spaces [][]int
	for i, part := range parts {
		if i == 0 || d.Ends[parts[i-1][0]].Namespace != d.Ends[part[0]].Namespace {
			spaces = append(spaces, nil)
		}
		spaces[len(spaces)-1] = append(spaces[len(spaces)-1], i)
	}
	return slices.DeleteFunc(spaces, func(space []int) bool {
		from, to := d.Namespace(parts[space[0]][0])
		for _, i := range space {
			from += len(parts[i])
		}
		return len(space) < hubLeast || from < to
	})
}

// hub draws one arrow for a whole namespace, if all of it does the same to a part
// (from) or the part to all of it. A workload of the namespace that has one pod is not
// among those that it reaches.
func (d *netDrawing) hub(parts [][]int, space []int, other int, from bool, done map[[2]int]bool) {
	pair := func(i int) [2]int {
		if from {
			return [2]int{i, other}
		}
		return [2]int{other, i}
	}
	var access reach.Access
	besides := ""
	for _, i := range space {
		found := d.accessOf(parts[pair(i)[0]], parts[pair(i)[1]])
		alone := i == other && len(parts[i]) == 1 && !d.Ends[parts[i][0]].Replicated
		switch {
		case alone:
			besides = d.names.bare[parts[i][0]]
		case found == nil || done[pair(i)] || access != nil && found.Compare(access) != 0:
			return
		default:
			access = found
		}
	}
	for _, i := range space {
		done[pair(i)] = true
	}
	namespace := d.Ends[parts[space[0]][0]].Namespace
	if from {
		d.arrow(d.whole("in", namespace, besides), d.id(parts[other]), access)
	} else {
		d.arrow(d.id(parts[other]), d.whole("out", namespace, besides), access)
	}
}

// whole draws a box for all workloads of a namespace, or with besides for all others,
// one for each direction, so that arrows run one way.
func (d *netDrawing) whole(direction, namespace, besides string) string {
	id, label := direction+" "+namespace+"/*", "every workload of "+namespace
	if besides != "" {
		id, label = id+" except "+besides, label+" except "+besides
	}
	if !d.known[id] {
		d.known[id] = true
		d.Nodes = append(d.Nodes, GraphNode{ID: id, Kind: namespace, Label: label})
	}
	return id
}

func (d *netDrawing) accessOf(src, dst []int) reach.Access {
	from, to := src[0], dst[0]
	if from == to && len(dst) > 1 {
		to = dst[1]
	}
	return d.Access(from, to)
}

// arrow draws what can be opened, an arrow for what is certain and one for the rest.
func (d *netDrawing) arrow(from, to string, access reach.Access) {
	certain, rest := GraphEdge{From: from, To: to}, GraphEdge{From: from, To: to, Possible: true}
	for _, verdict := range access.Verdicts() {
		text := PortsText(access, verdict)
		if verdict == reach.Allowed {
			certain.Label = append(certain.Label, text)
			continue
		}
		text += ": " + verdict.String()
		if conditions := conditionsOf(access, verdict); len(conditions) > 0 {
			text += ", " + strings.Join(conditions, "; ")
		}
		rest.Label = append(rest.Label, text)
	}
	for _, edge := range []GraphEdge{certain, rest} {
		if len(edge.Label) > 0 {
			d.Edges = append(d.Edges, edge)
		}
	}
}
