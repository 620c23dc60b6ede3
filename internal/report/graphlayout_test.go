package report

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// drawnGraph is any graph of boxes, with arcs in circles, to themselves, and several
// between the same two.
func drawnGraph(t *rapid.T) ([]shape, []arc) {
	length := rapid.Float64Range(1, 300)
	nodes := make([]shape, rapid.IntRange(0, 25).Draw(t, "nodes"))
	for i := range nodes {
		nodes[i].size = size{math.Round(length.Draw(t, "w")), math.Round(length.Draw(t, "h"))}
		nodes[i].room = rapid.SampledFrom([]float64{0, 0, loopRoom}).Draw(t, "room")
	}
	if len(nodes) == 0 {
		return nodes, nil
	}
	arcs := make([]arc, rapid.IntRange(0, 50).Draw(t, "arcs"))
	for i := range arcs {
		node := rapid.IntRange(0, len(nodes)-1)
		arcs[i] = arc{from: node.Draw(t, "from"), to: node.Draw(t, "to")}
		if rapid.Bool().Draw(t, "labelled") {
			arcs[i].label = size{80, 20}
		}
	}
	return nodes, arcs
}

func overlap(a, b rect, gap float64) bool {
	return a.x < b.x+b.w+gap && b.x < a.x+a.w+gap && a.y < b.y+b.h+gap && b.y < a.y+a.h+gap
}

func TestNothingOverlaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes, arcs := drawnGraph(t)
		p := lay(nodes, arcs)
		var boxes []rect
		for i, box := range p.nodes {
			if box.h != nodes[i].h || box.w < nodes[i].w {
				t.Fatalf("node %d of %v is drawn as %v", i, nodes[i], box)
			}
			box.y, box.h = box.y-nodes[i].room, box.h+2*nodes[i].room
			boxes = append(boxes, box)
		}
		for i, r := range p.routes {
			if arcs[i].label != (size{}) && arcs[i].from != arcs[i].to {
				if r.label.size != arcs[i].label {
					t.Fatalf("label %d is drawn as %v", i, r.label)
				}
				boxes = append(boxes, r.label)
			}
		}
		for i, a := range boxes {
			if a.x < -0.01 || a.y < -0.01 || a.x+a.w > p.w+0.01 || a.y+a.h > p.h+0.01 {
				t.Fatalf("%v is outside of the picture of %v", a, p.size)
			}
			for _, b := range boxes[:i] {
				if overlap(a, b, nodeGap-2) { // heights are rounded
					t.Fatalf("%v and %v are too close", a, b)
				}
			}
		}
	})
}

func TestRoutes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes, arcs := drawnGraph(t)
		p := lay(nodes, arcs)
		for i, r := range p.routes {
			if arcs[i].from == arcs[i].to {
				continue
			}
			from, to := p.nodes[arcs[i].from], p.nodes[arcs[i].to]
			if r.turned {
				from, to = to, from
			}
			if len(r.points) == 0 || len(r.points)%4 != 0 {
				t.Fatalf("route %d has %d points", i, len(r.points))
			}
			touches(t, r.points[0], from, from.x+from.w)
			touches(t, r.points[len(r.points)-1], to, to.x)
			for k := 1; k < len(r.points); k++ {
				if r.points[k].x < r.points[k-1].x-0.01 {
					t.Fatalf("route %d leads back: %v", i, r.points)
				}
			}
			for k := 0; k < len(r.points); k += 4 {
				level(t, p, r.points[k], r.points[k+1])
				level(t, p, r.points[k+2], r.points[k+3])
				curve := rect{r.points[k+1], size{r.points[k+2].x - r.points[k+1].x, 0}}
				for _, box := range p.nodes {
					if box.x < curve.x+curve.w && curve.x < box.x+box.w {
						t.Fatalf("the curve %v is where %v is", curve, box)
					}
				}
			}
		}
	})
}

// touches demands that a line starts at a side of a box, between its corners.
func touches(t *rapid.T, at point, box rect, x float64) {
	if math.Abs(at.x-x) > 0.01 || at.y < box.y || at.y > box.y+box.h {
		t.Fatalf("a line at %v does not touch %v", at, box)
	}
}

// level demands that a line is horizontal and goes through no node.
func level(t *rapid.T, p plan, from, to point) {
	if math.Abs(from.y-to.y) > 0.01 {
		t.Fatalf("the line from %v to %v is not level", from, to)
	}
	for _, box := range p.nodes {
		if from.y > box.y && from.y < box.y+box.h && from.x < box.x+box.w-0.01 && to.x > box.x+0.01 {
			t.Fatalf("the line from %v to %v goes through %v", from, to, box)
		}
	}
}

// Arcs point one way: only those that close a cycle are turned, and none of a graph
// that has none.
func TestOnlyCyclesAreTurned(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes, arcs := drawnGraph(t)
		forward := rapid.Bool().Draw(t, "without cycles")
		for i, a := range arcs {
			if forward && a.from > a.to {
				arcs[i].from, arcs[i].to = a.to, a.from
			}
		}
		g := newLayering(nodes, arcs)
		for i, a := range arcs {
			if a.from == a.to {
				continue
			}
			left, right := g.vertices[a.from].rank, g.vertices[a.to].rank
			if g.turned[i] {
				left, right = right, left
			}
			if left >= right || forward && g.turned[i] {
				t.Fatalf("arc %d leads from rank %d to %d, turned: %v", i, left, right, g.turned[i])
			}
		}
	})
}

func TestCrossingsAreCounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := newLayering(drawnGraph(t))
		want := 0
		for i, a := range g.links {
			for _, b := range g.links[:i] {
				from, to := g.vertices[a.from].pos-g.vertices[b.from].pos, g.vertices[a.to].pos-g.vertices[b.to].pos
				if g.vertices[a.from].rank == g.vertices[b.from].rank && from*to < 0 {
					want++
				}
			}
		}
		if got := g.crossings(); got != want {
			t.Fatalf("%d crossings, counted %d", want, got)
		}
	})
}

// A tree, and two ladders that start crossed, can be drawn without a crossing.
func TestNeedlessCrossingsGo(t *testing.T) {
	tree, ladder := []arc{}, []arc{}
	for i := 1; i < 40; i++ {
		tree = append(tree, arc{from: (i - 1) / 3, to: i})
	}
	for i := range 20 { // rungs 0..19 to 39..20
		ladder = append(ladder, arc{from: i, to: 39 - i})
	}
	for name, arcs := range map[string][]arc{"tree": tree, "ladder": ladder} {
		if n := newLayering(make([]shape, 40), arcs).crossings(); n != 0 {
			t.Errorf("%s: %d crossings", name, n)
		}
	}
}

// A chain is one straight line, and a parent stands in the middle of its children.
func TestPlacesAreLevel(t *testing.T) {
	box := shape{size: size{100, 50}}
	p := lay([]shape{box, box, box, box}, []arc{{from: 0, to: 1, label: size{50, 20}}, {from: 1, to: 2}, {from: 2, to: 3}})
	for i := range p.nodes {
		if p.nodes[i].y != p.nodes[0].y {
			t.Errorf("node %d of a chain stands at %v, the first at %v", i, p.nodes[i].y, p.nodes[0].y)
		}
	}
	p = lay([]shape{box, box, box, box}, []arc{{from: 0, to: 1}, {from: 0, to: 2}, {from: 0, to: 3}})
	if p.nodes[0].y != p.nodes[2].y || p.nodes[1].y >= p.nodes[2].y || p.nodes[2].y >= p.nodes[3].y {
		t.Errorf("a parent and its children: %v", p.nodes)
	}
}

// largeGraph has cycles and long arcs, the same on every call.
func largeGraph(nodes, edges int) Graph {
	g := Graph{Title: "large"}
	for i := range nodes {
		g.Nodes = append(g.Nodes, GraphNode{ID: fmt.Sprint(i), Kind: "Pod", Label: fmt.Sprintf("pod-%d-of-the-large-graph", i)})
	}
	state := uint64(1)
	next := func(n int) int {
		state = state*6364136223846793005 + 1442695040888963407
		return int(state>>33) % n
	}
	for i := range edges {
		e := GraphEdge{From: fmt.Sprint(next(nodes)), To: fmt.Sprint(next(nodes))}
		if i%5 == 0 {
			e.Label = []string{"TCP 443"}
		}
		g.Edges = append(g.Edges, e)
	}
	return g
}

func TestLargeGraph(t *testing.T) {
	start := time.Now()
	out := renderGraph(t, SVG, largeGraph(2000, 5000))
	took := time.Since(start)
	t.Logf("%v, %d bytes", took, len(out))
	if took > 20*time.Second {
		t.Errorf("2,000 nodes and 5,000 edges took %v", took)
	}
	// Far more bends than can be drawn: the long arcs keep none.
	chain := make([]arc, 0, 4000)
	for i := range 2000 {
		chain = append(chain, arc{from: i, to: i + 1}, arc{from: i / 2, to: i + 2})
	}
	if g := newLayering(make([]shape, 2002), chain); len(g.vertices) > 2002+bendLimit {
		t.Errorf("%d vertices", len(g.vertices))
	}
}

func BenchmarkGraph(b *testing.B) {
	for _, n := range []int{20, 200, 2000} {
		g := largeGraph(n, n*5/2)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				renderGraph(b, SVG, g)
			}
		})
	}
}

// Parts that do not hang together stand near one another.
func TestPartsStandTogether(t *testing.T) {
	box := shape{size: size{100, 50}}
	nodes, arcs := []shape{box, box}, []arc{}
	for i := range 10 {
		nodes = append(nodes, box)
		arcs = append(arcs, arc{from: 0, to: 2 + i})
	}
	p := lay(nodes, arcs)
	if most := 10*50 + 9*nodeGap + 50 + emptyGap + 2; p.h > most {
		t.Errorf("a tree and a node by itself are %v high, want at most %v", p.h, most)
	}
}
