package rbac

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/snapshot"
)

// join lists who has all permissions in one place.
func join(v *snapshot.View, permissions []Permission) []Holding {
	sets := make([]*holdings, len(permissions))
	for i, p := range permissions {
		sets[i] = held.Of(v, p)
	}
	subjects := map[who]Subject{}
	for _, set := range sets {
		for i := range set.all {
			s := set.all[i].Subject
			key, _ := s.key()
			if !slices.ContainsFunc(sets, func(other *holdings) bool { return !other.mayHave(key) }) {
				subjects[key] = s
			}
		}
	}
	var found []Holding
	for _, key := range slices.SortedFunc(maps.Keys(subjects), who.compare) {
		found = append(found, together(subjects[key], key, sets)...)
	}
	slices.SortStableFunc(found, func(a, b Holding) int { return strings.Compare(a.Namespace, b.Namespace) })
	return found
}

// having is what a subject has of one permission: by itself and by each of its groups.
type having []share

// share are the holdings of the subject itself or of one of its groups, by place.
type share struct {
	itself bool
	all    []*Holding
}

// everywhere reports whether some of it counts in the whole cluster.
func (h having) everywhere() bool {
	return slices.ContainsFunc(h, func(s share) bool { return s.all[0].Namespace == "" })
}

// at are the holdings that count in a place, those of the whole cluster too, and
// whether they are the subject's own.
func (h having) at(place string) iter.Seq2[*Holding, bool] {
	return func(yield func(*Holding, bool) bool) {
		for _, s := range h {
			if s.all[0].Namespace == "" && !yield(s.all[0], s.itself) {
				return
			}
			if place == "" {
				continue
			}
			i, found := slices.BinarySearchFunc(s.all, place, func(h *Holding, place string) int { return strings.Compare(h.Namespace, place) })
			if found && !yield(s.all[i], s.itself) {
				return
			}
		}
	}
}

// together finds where a subject has something of every set, and at least one of
// them itself.
func together(subject Subject, own who, sets []*holdings) []Holding {
	keys := subject.Identities().keys()
	parts := make([]having, len(sets))
	for i, set := range sets {
		for _, key := range keys {
			if all := set.of(key); len(all) > 0 {
				parts[i] = append(parts[i], share{itself: key == own, all: all})
			}
		}
		if len(parts[i]) == 0 {
			return nil
		}
	}
	var found []Holding
	for _, place := range places(parts) {
		if h, ok := atPlace(subject, place, parts); ok {
			found = append(found, h)
		}
	}
	return found
}

// places are those, sorted, in which the parts can come together: the places of the
// first that does not count everywhere, else of all.
func places(parts []having) []string {
	if i := slices.IndexFunc(parts, func(h having) bool { return !h.everywhere() }); i >= 0 {
		parts = parts[i : i+1]
	}
	var names []string
	for _, part := range parts {
		for _, s := range part {
			for _, h := range s.all {
				names = append(names, h.Namespace)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func atPlace(subject Subject, place string, parts []having) (Holding, bool) {
	itself, here, count := false, false, 0
	for _, part := range parts {
		before := count
		for h, own := range part.at(place) {
			itself = itself || own
			here = here || h.Namespace == place
			count += len(h.Grants)
		}
		if count == before {
			return Holding{}, false
		}
	}
	if !itself || !here {
		return Holding{}, false
	}
	joined := Holding{Subject: subject, Namespace: place, Grants: make([]Grant, 0, count), names: make([][]string, len(parts))}
	for i, part := range parts {
		joined.names[i] = []string{}
		for h := range part.at(place) {
			for _, g := range h.Grants {
				joined.take(i, g, h.names[0])
			}
		}
	}
	return joined, true
}
