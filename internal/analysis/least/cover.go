package least

import (
	"cmp"
	"maps"
	"math/bits"
	"slices"
	"strings"
)

// box is a rule without its group and names: every verb on every resource.
type box struct{ resources, verbs []string }

// The sizes up to which the smallest cover is searched for: 16 sets of verbs, and
// so many steps.
const (
	maxClasses = 16
	maxSteps   = 20_000
)

// cover finds the fewest boxes that allow each resource exactly its verbs. Boxes may
// overlap where that saves one. To find the fewest is NP-hard (it is the biclique
// cover of a bipartite graph): they are searched for exhaustively within maxClasses
// and maxSteps, beyond that it is one box for each set of verbs that some resource
// has, or the best that was found.
func cover(verbs map[string]map[string]bool) []box {
	classes := classesOf(verbs)
	words := wordsOf(classes)
	if len(classes) < 3 || len(classes) > maxClasses || len(words) > 64 {
		return classes
	}
	s := &coverSearch{rows: make([]uint64, len(classes)), best: len(classes)}
	for i, class := range classes {
		for _, verb := range class.verbs {
			at, _ := slices.BinarySearch(words, verb)
			s.rows[i] |= 1 << at
		}
	}
	s.concepts = conceptsOf(s.rows)
	s.search(slices.Clone(s.rows), nil)
	if s.found == nil {
		return classes
	}
	boxes := make([]box, 0, len(s.found))
	for _, c := range s.found {
		var b box
		for i := range classes {
			if c.rows&(1<<i) != 0 {
				b.resources = append(b.resources, classes[i].resources...)
			}
		}
		for at, verb := range words {
			if c.verbs&(1<<at) != 0 {
				b.verbs = append(b.verbs, verb)
			}
		}
		slices.Sort(b.resources)
		sortVerbs(b.verbs)
		boxes = append(boxes, b)
	}
	slices.SortFunc(boxes, compareBoxes)
	return boxes
}

// classesOf puts resources with the same verbs together.
func classesOf(verbs map[string]map[string]bool) []box {
	byVerbs := map[string]*box{}
	for _, resource := range slices.Sorted(maps.Keys(verbs)) {
		words := slices.Collect(maps.Keys(verbs[resource]))
		sortVerbs(words)
		key := strings.Join(words, "\x00")
		if byVerbs[key] == nil {
			byVerbs[key] = &box{verbs: words}
		}
		byVerbs[key].resources = append(byVerbs[key].resources, resource)
	}
	classes := make([]box, 0, len(byVerbs))
	for _, class := range byVerbs {
		classes = append(classes, *class)
	}
	slices.SortFunc(classes, compareBoxes)
	return classes
}

func compareBoxes(a, b box) int {
	return cmp.Or(slices.Compare(a.resources, b.resources), slices.Compare(a.verbs, b.verbs))
}

func wordsOf(classes []box) []string {
	var words []string
	for _, class := range classes {
		words = append(words, class.verbs...)
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// concept is a box that cannot be made larger: rows and verbs as bits.
type concept struct {
	rows  uint32
	verbs uint64
}

// conceptsOf are all boxes that cannot be made larger. Their verbs are the
// intersections of the rows' verbs.
func conceptsOf(rows []uint64) []concept {
	closed := map[uint64]bool{}
	for _, row := range rows {
		for other := range maps.Clone(closed) {
			closed[other&row] = true
		}
		closed[row] = true
	}
	delete(closed, 0)
	concepts := make([]concept, 0, len(closed))
	for verbs := range closed {
		c := concept{verbs: verbs}
		for i, row := range rows {
			if row&verbs == verbs {
				c.rows |= 1 << i
			}
		}
		concepts = append(concepts, c)
	}
	slices.SortFunc(concepts, func(a, b concept) int {
		return cmp.Or(cmp.Compare(b.size(), a.size()), cmp.Compare(a.verbs, b.verbs))
	})
	return concepts
}

func (c concept) size() int { return bits.OnesCount32(c.rows) * bits.OnesCount64(c.verbs) }

// coverSearch is a search with bound: found is better than one box for each row.
type coverSearch struct {
	rows     []uint64
	concepts []concept
	best     int
	found    []concept
	steps    int
}

func (s *coverSearch) search(left []uint64, chosen []concept) {
	s.steps++
	row := slices.IndexFunc(left, func(verbs uint64) bool { return verbs != 0 })
	if row < 0 {
		if len(chosen) < s.best {
			s.best, s.found = len(chosen), slices.Clone(chosen)
		}
		return
	}
	if len(chosen)+1 >= s.best || s.steps > maxSteps {
		return
	}
	verb := left[row] & -left[row]
	for _, c := range s.concepts {
		if c.rows&(1<<row) == 0 || c.verbs&verb == 0 {
			continue
		}
		next := slices.Clone(left)
		for i := range next {
			if c.rows&(1<<i) != 0 {
				next[i] &^= c.verbs
			}
		}
		s.search(next, append(slices.Clip(chosen), c))
	}
}

// sortVerbs puts verbs into the order in which people write them.
func sortVerbs(verbs []string) {
	usual := []string{"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"}
	rank := func(verb string) int {
		if at := slices.Index(usual, verb); at >= 0 {
			return at
		}
		return len(usual)
	}
	slices.SortFunc(verbs, func(a, b string) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a, b)) })
}
