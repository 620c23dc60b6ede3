package least

import (
	"fmt"
	"math/bits"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The boxes allow each resource exactly its verbs, and no fewer would do.
func TestCoverIsExactAndSmallest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const verbs = 4
		rows := rapid.SliceOfN(rapid.Uint64Range(1, 1<<verbs-1), 1, 5).Draw(t, "rows")
		wanted := map[string]map[string]bool{}
		for i, row := range rows {
			own := map[string]bool{}
			for verb := range verbs {
				if row&(1<<verb) != 0 {
					own[fmt.Sprint("v", verb)] = true
				}
			}
			wanted[fmt.Sprint("r", i)] = own
		}
		boxes := cover(wanted)
		got := map[string]map[string]bool{}
		for _, b := range boxes {
			for _, resource := range b.resources {
				for _, verb := range b.verbs {
					if got[resource] == nil {
						got[resource] = map[string]bool{}
					}
					got[resource][verb] = true
				}
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(wanted) {
			t.Fatalf("got %v, want %v", got, wanted)
		}
		if want := fewest(rows); len(boxes) != want {
			t.Fatalf("%d boxes for %v, want %d", len(boxes), rows, want)
		}
	})
}

// fewest tries every set of boxes that cannot be made larger.
func fewest(rows []uint64) int {
	var boxes []concept
	for subset := uint32(1); subset < 1<<len(rows); subset++ {
		common := ^uint64(0)
		for i, row := range rows {
			if subset&(1<<i) != 0 {
				common &= row
			}
		}
		if common != 0 {
			boxes = append(boxes, concept{rows: subset, verbs: common})
		}
	}
	all := slices.Clone(boxes)
	boxes = slices.DeleteFunc(boxes, func(c concept) bool { // another one holds it
		return slices.ContainsFunc(all, func(o concept) bool { return o != c && c.rows&o.rows == c.rows && c.verbs&o.verbs == c.verbs })
	})
	best := len(boxes)
	for chosen := uint32(1); chosen < 1<<len(boxes); chosen++ {
		if bits.OnesCount32(chosen) >= best {
			continue
		}
		left := slices.Clone(rows)
		for b := range boxes {
			for i := range left {
				if chosen&(1<<b) != 0 && boxes[b].rows&(1<<i) != 0 {
					left[i] &^= boxes[b].verbs
				}
			}
		}
		if !slices.ContainsFunc(left, func(verbs uint64) bool { return verbs != 0 }) {
			best = bits.OnesCount32(chosen)
		}
	}
	return best
}

// Three sets of verbs of which one is the sum of the others need two rules.
func TestCoverOverlaps(t *testing.T) {
	boxes := cover(map[string]map[string]bool{"a": {"get": true}, "b": {"list": true}, "c": {"get": true, "list": true}})
	if got := fmt.Sprint(boxes); got != "[{[a c] [get]} {[b c] [list]}]" {
		t.Errorf("got %s", got)
	}
}

// A hundred resources whose verbs differ are no reason to search for long.
func TestCoverOfMuch(t *testing.T) {
	wanted := map[string]map[string]bool{}
	for i := range 100 {
		own := map[string]bool{}
		for verb := range 7 {
			if (i+1)&(1<<verb) != 0 {
				own[fmt.Sprint("v", verb)] = true
			}
		}
		wanted[fmt.Sprint("r", i)] = own
	}
	if boxes := cover(wanted); len(boxes) != 100 {
		t.Errorf("%d boxes", len(boxes))
	}
}
