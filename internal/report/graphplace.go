package report

import (
	"cmp"
	"math"
	"slices"
)

// point is a place in a picture.
type point struct{ x, y float64 }

// rect is a box in a picture: its corner at the top left, and its size.
type rect struct {
	point
	size
}

// plan is where everything stands.
type plan struct {
	size
	nodes  []rect
	routes []route
}

// route is the way of an arc. Its points come in fours: a straight and horizontal
// line from the first to the second, a curve to the third, a straight line to the
// fourth, where the next curve's line starts. It leads from left to right; of a
// turned arc the start is on the right. An arc from a node to itself has no points.
type route struct {
	points []point
	turned bool
	label  rect
}

const (
	nodeGap   = 20.0 // between boxes of a column
	emptyGap  = 40.0 // over the whole width, at most
	bendGap   = 12.0 // around a bend
	straight  = 12.0 // that a line goes straight next to a column
	laneGap   = 36.0 // between columns, at least
	laneMore  = 90.0 // and at most so much more, where lines are steep
	portGap   = 12.0 // between lines at a box, at most
	portInset = 10.0 // of lines from the corners of a box
	placeRuns = 24   // sweeps of the placement
)

// lay makes the plan. Nodes are as wide as the widest of their column.
func lay(nodes []shape, arcs []arc) plan {
	if len(nodes) == 0 {
		return plan{}
	}
	g := newLayering(nodes, arcs)
	g.widen(len(nodes))
	g.attach()
	g.place()
	g.squeeze()
	return g.plan(len(nodes), arcs)
}

// widen makes the nodes of a column equally wide.
func (g *layering) widen(nodes int) {
	for _, column := range g.columns {
		widest := 0.0
		for _, n := range column {
			if n < nodes {
				widest = max(widest, g.vertices[n].w)
			}
		}
		for _, n := range column {
			if n < nodes {
				g.vertices[n].w = widest
			}
		}
	}
}

// attach spreads the lines along the sides of each box, in the order of where they
// lead.
func (g *layering) attach() {
	for n := range g.vertices {
		v := &g.vertices[n]
		for _, left := range []bool{true, false} {
			links := slices.Clone(g.neighbours(n, left))
			slices.SortStableFunc(links, func(a, b int) int {
				return cmp.Compare(g.vertices[g.other(a, n)].pos, g.vertices[g.other(b, n)].pos)
			})
			gap := 0.0
			if len(links) > 1 {
				gap = max(0, min(portGap, (v.h-2*portInset)/float64(len(links)-1)))
			}
			for i, l := range links {
				offset := gap * (float64(i) - float64(len(links)-1)/2)
				if left {
					g.links[l].end = offset
				} else {
					g.links[l].start = offset
				}
			}
		}
	}
}

// place finds the heights: sweeps put each box at the mean of where its lines would
// be level, as near as the boxes beside it allow.
func (g *layering) place() {
	for _, column := range g.columns {
		y := 0.0
		for i, n := range column {
			if i > 0 {
				y += g.apart(column[i-1], n)
			}
			g.vertices[n].y = y
		}
		for _, n := range column {
			g.vertices[n].y -= y / 2
		}
	}
	for run := range placeRuns {
		both := run >= placeRuns-8
		if run%2 == 0 {
			for _, column := range g.columns {
				g.settle(column, true, both)
			}
		} else {
			for _, column := range slices.Backward(g.columns) {
				g.settle(column, both, true)
			}
		}
	}
}

// apart is how far the middles of two boxes of a column must be apart.
func (g *layering) apart(above, below int) float64 {
	a, b := &g.vertices[above], &g.vertices[below]
	gap := nodeGap
	if a.bend || b.bend {
		gap = bendGap
	}
	return (a.h+b.h)/2 + a.room + b.room + gap
}

// block is a run of boxes that touch.
type block struct {
	first       int
	sum, weight float64 // of the wanted places
}

// settle places a column where the sum of squared distances from the wanted places is
// least: an isotonic regression by pooling adjacent violators.
func (g *layering) settle(column []int, left, right bool) {
	var blocks []block
	shift := make([]float64, len(column))
	for i, n := range column {
		if i > 0 {
			shift[i] = shift[i-1] + g.apart(column[i-1], n)
		}
		wanted, weight := g.wanted(n, left, right)
		b := block{i, (wanted - shift[i]) * weight, weight}
		for len(blocks) > 0 {
			last := blocks[len(blocks)-1]
			if last.sum/last.weight <= b.sum/b.weight {
				break
			}
			b = block{last.first, last.sum + b.sum, last.weight + b.weight}
			blocks = blocks[:len(blocks)-1]
		}
		blocks = append(blocks, b)
	}
	for k, b := range blocks {
		end := len(column)
		if k+1 < len(blocks) {
			end = blocks[k+1].first
		}
		for i := b.first; i < end; i++ {
			g.vertices[column[i]].y = b.sum/b.weight + shift[i]
		}
	}
}

// wanted is where a box would have its lines level, and how much that counts: lines
// that only pass are to be straight before all others.
func (g *layering) wanted(n int, left, right bool) (y, weight float64) {
	v := &g.vertices[n]
	sum, total := 0.0, 0.0
	add := func(links []int) {
		for _, i := range links {
			l := &g.links[i]
			w := 1.0
			if v.bend && g.vertices[g.other(i, n)].bend {
				w = 8
			}
			if l.to == n {
				sum += w * (g.vertices[l.from].y + l.start - l.end)
			} else {
				sum += w * (g.vertices[l.to].y + l.end - l.start)
			}
			total += w
		}
	}
	if left {
		add(v.in)
	}
	if right {
		add(v.out)
	}
	if total == 0 {
		return v.y, 0.1 // gives way to what has lines
	}
	return sum / total, total
}

// squeeze takes out what is empty over the whole width, as between parts that do not
// hang together.
func (g *layering) squeeze() {
	order := make([]int, len(g.vertices))
	for i := range order {
		order[i] = i
	}
	top := func(n int) float64 { return g.vertices[n].y - g.vertices[n].h/2 - g.vertices[n].room }
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(top(a), top(b)) })
	shift, bottom := 0.0, top(order[0])
	for _, n := range order {
		v := &g.vertices[n]
		start := top(n)
		if empty := start - bottom; empty > emptyGap {
			shift += empty - emptyGap
		}
		bottom = max(bottom, start+v.h+2*v.room)
		v.y -= shift
	}
}

// plan turns ranks into places.
func (g *layering) plan(nodes int, arcs []arc) plan {
	left, right := g.lanes()
	top, bottom := math.Inf(1), math.Inf(-1)
	for i := range g.vertices {
		v := &g.vertices[i]
		v.y = math.Round(v.y)
		top, bottom = min(top, v.y-v.h/2-v.room), max(bottom, v.y+v.h/2+v.room)
	}
	p := plan{size: size{right[len(right)-1] - left[0], bottom - top}, nodes: make([]rect, nodes), routes: make([]route, len(arcs))}
	box := func(n int) rect {
		v := &g.vertices[n]
		return rect{point{(left[v.rank]+right[v.rank])/2 - v.w/2, v.y - v.h/2 - top}, v.size}
	}
	for i := range nodes {
		p.nodes[i] = box(i)
	}
	for i, way := range g.ways {
		r := &p.routes[i]
		r.turned = g.turned[i]
		for k, n := range way {
			l := &g.links[n]
			from, to := &g.vertices[l.from], &g.vertices[l.to]
			start, end := from.y+l.start-top, to.y+l.end-top
			r.points = append(r.points, point{(left[from.rank]+right[from.rank])/2 + from.w/2, start}, point{right[from.rank], start},
				point{left[to.rank], end}, point{(left[to.rank]+right[to.rank])/2 - to.w/2, end})
			if k > 0 && !from.bend {
				r.label = box(l.from)
			}
		}
	}
	return p
}

// lanes are where each column starts and ends, the straight parts of the lines beside
// it included.
func (g *layering) lanes() (left, right []float64) {
	x := 0.0
	for rank, column := range g.columns {
		widest, steepest := 0.0, 0.0
		for _, n := range column {
			v := &g.vertices[n]
			widest = max(widest, v.w)
			for _, i := range v.in {
				l := &g.links[i]
				steepest = max(steepest, math.Abs(v.y+l.end-g.vertices[l.from].y-l.start))
			}
		}
		if rank > 0 {
			x += math.Round(laneGap + min(laneMore, steepest/5))
		}
		left = append(left, x)
		x += math.Ceil(widest/2)*2 + 2*straight
		right = append(right, x)
	}
	return left, right
}
