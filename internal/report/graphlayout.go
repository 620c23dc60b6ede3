package report

import (
	"cmp"
	"slices"
)

// A layered layout from left to right, after Sugiyama, Tagawa and Toda, "Methods for
// visual understanding of hierarchical system structures" (1981): edges that close
// a cycle are turned, ranks are longest paths, edges over several ranks get a bend in
// each rank between, and sweeps by barycentre lessen the crossings. It knows sizes
// only, no text.

// size is that of a box.
type size struct{ w, h float64 }

// shape is a node: its box, and the room to keep free above and below it.
type shape struct {
	size
	room float64
}

// arc is an edge to be laid out. Its label is a box on its way; the zero size is none.
type arc struct {
	from, to int
	label    size
}

const (
	sweepLimit = 24     // sweeps of the ordering, at most
	sweepIdle  = 6      // sweeps without fewer crossings that end it
	bendLimit  = 50_000 // bends of all arcs together
)

// vertex is a node, a label of an arc, or a bend of an arc.
type vertex struct {
	shape
	bend      bool
	rank, pos int     // column, and position in it
	y         float64 // of the middle
	in, out   []int   // links between neighbouring columns
}

// hop is an arc, or the part of one between two neighbours on its way. The offsets
// say how far from the middle of a box it starts and ends.
type hop struct {
	from, to   int
	start, end float64
}

// layering is a graph on its way to a picture. The nodes are the first vertices.
type layering struct {
	vertices []vertex
	links    []hop
	ways     [][]int // of each arc the links, from left to right; nil: from a node to itself
	turned   []bool  // arcs that are drawn from right to left
	columns  [][]int // vertices by rank and position
}

// newLayering ranks and orders the nodes.
func newLayering(nodes []shape, arcs []arc) *layering {
	g := &layering{vertices: make([]vertex, len(nodes)), ways: make([][]int, len(arcs))}
	for i, n := range nodes {
		g.vertices[i].shape = n
	}
	g.turned = turnCycles(len(nodes), arcs)
	for i, a := range arcs {
		if a.from == a.to {
			continue
		}
		from, to := a.from, a.to
		if g.turned[i] {
			from, to = to, from
		}
		if a.label != (size{}) {
			label := g.add(vertex{shape: shape{size: a.label}})
			g.ways[i] = append(g.ways[i], g.connect(from, label))
			from = label
		}
		g.ways[i] = append(g.ways[i], g.connect(from, to))
	}
	g.rank()
	g.bend()
	g.order()
	return g
}

func (g *layering) add(v vertex) int {
	g.vertices = append(g.vertices, v)
	return len(g.vertices) - 1
}

func (g *layering) connect(from, to int) int {
	g.links = append(g.links, hop{from: from, to: to})
	n := len(g.links) - 1
	g.vertices[from].out = append(g.vertices[from].out, n)
	g.vertices[to].in = append(g.vertices[to].in, n)
	return n
}

// turnCycles marks the arcs that lead back to where a depth-first search came from.
// Without them there is no cycle. The search starts at nodes that nothing leads to.
func turnCycles(nodes int, arcs []arc) []bool {
	turned := make([]bool, len(arcs))
	out := make([][]int, nodes)
	entered := make([]bool, nodes)
	for i, a := range arcs {
		if a.from != a.to {
			out[a.from] = append(out[a.from], i)
			entered[a.to] = true
		}
	}
	const unseen, open, done = 0, 1, 2
	state := make([]uint8, nodes)
	var visit func(n int)
	visit = func(n int) {
		state[n] = open
		for _, i := range out[n] {
			switch to := arcs[i].to; state[to] {
			case open:
				turned[i] = true
			case unseen:
				visit(to)
			}
		}
		state[n] = done
	}
	for _, roots := range []bool{true, false} {
		for n := range nodes {
			if state[n] == unseen && entered[n] != roots {
				visit(n)
			}
		}
	}
	return turned
}

// rank puts each vertex right of all that lead to it, as far left as that allows;
// then what leads on to more than leads to it moves next to where it leads.
func (g *layering) rank() {
	missing := make([]int, len(g.vertices))
	var sorted []int
	for i := range g.vertices {
		if missing[i] = len(g.vertices[i].in); missing[i] == 0 {
			sorted = append(sorted, i)
		}
	}
	for i := 0; i < len(sorted); i++ {
		v := &g.vertices[sorted[i]]
		for _, l := range v.out {
			to := g.links[l].to
			g.vertices[to].rank = max(g.vertices[to].rank, v.rank+1)
			if missing[to]--; missing[to] == 0 {
				sorted = append(sorted, to)
			}
		}
	}
	for _, i := range slices.Backward(sorted) {
		v := &g.vertices[i]
		if len(v.out) <= len(v.in) {
			continue
		}
		nearest := len(g.vertices)
		for _, l := range v.out {
			nearest = min(nearest, g.vertices[g.links[l].to].rank)
		}
		v.rank = nearest - 1
	}
}

// bend gives every link over several ranks a bend in each rank between. Where that
// makes too many, the longest links keep none: they are drawn straight, below what
// they pass.
func (g *layering) bend() {
	span := func(l hop) int { return g.vertices[l.to].rank - g.vertices[l.from].rank }
	longest := bendLimit
	total := 0
	for _, l := range g.links {
		total += span(l) - 1
	}
	if total > bendLimit {
		longest = max(1, bendLimit/len(g.links))
	}
	whole := g.links
	ways := g.ways
	g.links, g.ways = make([]hop, 0, len(whole)+min(total, bendLimit)), make([][]int, len(ways))
	for i := range g.vertices {
		g.vertices[i].in, g.vertices[i].out = nil, nil
	}
	for i, way := range ways {
		for _, n := range way {
			l := whole[n]
			if d := span(l); d > longest && d > 1 {
				g.links = append(g.links, hop{from: l.from, to: l.to})
				g.ways[i] = append(g.ways[i], len(g.links)-1)
				continue
			}
			from := l.from
			for r := g.vertices[l.from].rank + 1; r < g.vertices[l.to].rank; r++ {
				bend := g.add(vertex{bend: true, rank: r})
				g.ways[i] = append(g.ways[i], g.connect(from, bend))
				from = bend
			}
			g.ways[i] = append(g.ways[i], g.connect(from, l.to))
		}
	}
}

// order fills the columns and sorts them: each by the mean position of its
// neighbours in the column before it, from left to right and back. The order with
// the fewest crossings stays.
func (g *layering) order() {
	g.fill()
	best, crossings := g.positions(), g.crossings()
	for sweep, idle := 0, 0; sweep < sweepLimit && idle < sweepIdle && crossings > 0; sweep++ {
		if sweep%2 == 0 {
			for _, column := range g.columns {
				g.sortColumn(column, true)
			}
		} else {
			for _, column := range slices.Backward(g.columns) {
				g.sortColumn(column, false)
			}
		}
		idle++
		if n := g.crossings(); n < crossings {
			best, crossings, idle = g.positions(), n, 0
		}
	}
	for i, pos := range best {
		g.vertices[i].pos = pos
		g.columns[g.vertices[i].rank][pos] = i
	}
}

// fill puts the vertices into their columns as a depth-first search meets them, so
// that what hangs together starts side by side.
func (g *layering) fill() {
	last := 0
	for i := range g.vertices {
		last = max(last, g.vertices[i].rank)
	}
	g.columns = make([][]int, last+1)
	seen := make([]bool, len(g.vertices))
	var visit func(n int)
	visit = func(n int) {
		if seen[n] {
			return
		}
		seen[n] = true
		v := &g.vertices[n]
		v.pos = len(g.columns[v.rank])
		g.columns[v.rank] = append(g.columns[v.rank], n)
		for _, l := range v.out {
			visit(g.links[l].to)
		}
	}
	for _, roots := range []bool{true, false} {
		for i := range g.vertices {
			if !roots || len(g.vertices[i].in) == 0 {
				visit(i)
			}
		}
	}
}

func (g *layering) positions() []int {
	list := make([]int, len(g.vertices))
	for i := range g.vertices {
		list[i] = g.vertices[i].pos
	}
	return list
}

// sortColumn sorts by the mean position of the neighbours to the left, or to the
// right. What has none stays about where it is.
func (g *layering) sortColumn(column []int, left bool) {
	type weighed struct {
		vertex int
		mean   float64
	}
	list := make([]weighed, len(column))
	for i, n := range column {
		list[i] = weighed{n, float64(i)}
		neighbours := g.neighbours(n, left)
		if len(neighbours) == 0 {
			continue
		}
		sum := 0
		for _, l := range neighbours {
			sum += g.vertices[g.other(l, n)].pos
		}
		list[i].mean = float64(sum) / float64(len(neighbours))
	}
	slices.SortStableFunc(list, func(a, b weighed) int { return cmp.Compare(a.mean, b.mean) })
	for i, w := range list {
		column[i] = w.vertex
		g.vertices[w.vertex].pos = i
	}
}

func (g *layering) neighbours(n int, left bool) []int {
	if left {
		return g.vertices[n].in
	}
	return g.vertices[n].out
}

func (g *layering) other(l, n int) int { return g.links[l].from + g.links[l].to - n }

// crossings counts the pairs of links that cross, as inversions with a Fenwick tree:
// Barth, Jünger and Mutzel, "Simple and efficient bilayer cross counting" (2002).
func (g *layering) crossings() int {
	total := 0
	for i := 1; i < len(g.columns); i++ {
		tree := make([]int, len(g.columns[i])+1)
		placed := 0
		var ends []int
		for _, n := range g.columns[i-1] {
			ends = ends[:0]
			for _, l := range g.vertices[n].out {
				ends = append(ends, g.vertices[g.links[l].to].pos)
			}
			for _, end := range ends { // links of one vertex do not cross
				before := 0
				for k := end + 1; k > 0; k -= k & -k {
					before += tree[k]
				}
				total += placed - before
			}
			for _, end := range ends {
				for k := end + 1; k < len(tree); k += k & -k {
					tree[k]++
				}
			}
			placed += len(ends)
		}
	}
	return total
}
