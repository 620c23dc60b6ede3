// Package snapshot holds what a cluster is at one moment: objects, what was
// listed completely, and what could not be read. A Snapshot never changes; With
// makes the next one and shares what stayed the same. Every reading goes through
// a View, which notes what was not listed, so that a verdict on missing data
// becomes Unknown by itself.
package snapshot

import (
	"cmp"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"holdfast.dev/holdfast/internal/model"
)

// Snapshot is an immutable set of objects, safe for concurrent use.
type Snapshot struct {
	settings Settings
	tables   map[GroupKind][]*Object // sorted by namespace, name, origin
	listed   map[model.Scope]struct{}
	gaps     []model.Gap
	unread   []model.Scope // the scopes of gaps that count, each once
	memos    *sync.Map     // memoKey -> *memoEntry
}

// GroupKind names a kind, whatever its version.
type GroupKind struct{ Group, Kind string }

// String renders "apps/Deployment", or "Pod" for the core group.
func (gk GroupKind) String() string {
	if gk.Group == "" {
		return gk.Kind
	}
	return gk.Group + "/" + gk.Kind
}

// New makes a snapshot of changes. Objects from files that have the same ID are
// all kept and judged; references resolve to the first.
func New(settings Settings, changes ...Change) *Snapshot {
	s := &Snapshot{
		settings: settings,
		tables:   map[GroupKind][]*Object{},
		listed:   map[model.Scope]struct{}{},
		memos:    &sync.Map{},
	}
	deleted := map[model.ID]bool{}
	for _, change := range changes {
		switch {
		case change.Put != nil:
			gk := change.Put.groupKind()
			s.tables[gk] = append(s.tables[gk], change.Put)
			delete(deleted, change.Put.ID)
		case change.Delete != nil:
			deleted[*change.Delete] = true
		default:
			s.note(change)
		}
	}
	for gk, objects := range s.tables {
		objects = slices.DeleteFunc(objects, func(o *Object) bool { return deleted[o.ID] })
		slices.SortStableFunc(objects, compareObjects)
		s.tables[gk] = unique(objects)
	}
	return s
}

// unique drops all but the last of the objects that were put twice from the same
// place: in a watch or a history the later one replaces the earlier.
func unique(sorted []*Object) []*Object {
	kept := sorted[:0]
	for i, object := range sorted {
		if i+1 < len(sorted) && compareObjects(object, sorted[i+1]) == 0 {
			continue
		}
		kept = append(kept, object)
	}
	return kept
}

func (s *Snapshot) note(change Change) {
	if change.Listed != nil {
		s.listed[*change.Listed] = struct{}{}
	}
	if change.Gap != nil {
		s.gaps = append(s.gaps, *change.Gap)
		if change.Gap.Hides() && !slices.Contains(s.unread, change.Gap.Scope) {
			s.unread = append(s.unread, change.Gap.Scope)
		}
	}
}

func (o *Object) groupKind() GroupKind { return GroupKind{Group: o.Group, Kind: o.Kind} }

func compareNames(aNamespace, aName, bNamespace, bName string) int {
	return cmp.Or(strings.Compare(aNamespace, bNamespace), strings.Compare(aName, bName))
}

func compareObjects(a, b *Object) int {
	return cmp.Or(
		compareNames(a.Namespace, a.Name, b.Namespace, b.Name),
		strings.Compare(a.Cluster, b.Cluster),
		compareOrigins(a.Origin, b.Origin),
	)
}

func compareOrigins(a, b *Origin) int {
	if a == nil || b == nil {
		switch {
		case a == b:
			return 0
		case a == nil:
			return 1
		default:
			return -1
		}
	}
	return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
}

// With returns the snapshot after the changes. Kinds that no change touches are
// shared, and so are the results of memos that read none of what changed.
func (s *Snapshot) With(changes ...Change) *Snapshot {
	next := &Snapshot{
		settings: s.settings,
		tables:   make(map[GroupKind][]*Object, len(s.tables)),
		listed:   maps.Clone(s.listed),
		gaps:     slices.Clone(s.gaps),
		unread:   slices.Clone(s.unread),
		memos:    &sync.Map{},
	}
	maps.Copy(next.tables, s.tables)
	touched := make([]model.Scope, 0, len(changes))
	for _, change := range changes {
		touched = append(touched, next.apply(change))
	}
	s.keepMemos(next, touched)
	return next
}

// apply changes one object or note of a snapshot under construction and returns
// the scope that it touched. Tables are copied, never written.
func (s *Snapshot) apply(change Change) model.Scope {
	switch {
	case change.Put != nil:
		s.put(change.Put)
		return change.Put.Scope()
	case change.Delete != nil:
		gk := GroupKind{Group: change.Delete.Group, Kind: change.Delete.Kind}
		s.tables[gk] = slices.DeleteFunc(slices.Clone(s.tables[gk]), func(o *Object) bool { return o.ID == *change.Delete })
		return change.Delete.Scope()
	case change.Listed != nil:
		s.note(change)
		return *change.Listed
	case change.Gap != nil:
		s.note(change)
		return change.Gap.Scope
	default:
		return model.Scope{}
	}
}

func (s *Snapshot) put(object *Object) {
	gk := object.groupKind()
	objects := s.tables[gk]
	at, found := slices.BinarySearchFunc(objects, object, compareObjects)
	if !found {
		// The object may be known from another place: a new version replaces it.
		for i := range objects {
			if objects[i].ID == object.ID {
				at, found = i, true
				break
			}
		}
	}
	objects = slices.Clone(objects)
	if found {
		objects[at] = object
	} else {
		objects = slices.Insert(objects, at, object)
	}
	s.tables[gk] = objects
}

// Settings returns what holds for the whole snapshot.
func (s *Snapshot) Settings() Settings { return s.settings }

// View starts a reading of the snapshot.
func (s *Snapshot) View() *View { return &View{snapshot: s} }

// Gaps lists what could not be read, decoding failures included. Of an object that
// its source could not understand the source has said so itself.
func (s *Snapshot) Gaps() []model.Gap {
	gaps := slices.Clone(s.gaps)
	for object := range s.All() {
		if done := object.decoded.Load(); done != nil && done.err != nil && !errors.Is(done.err, ErrUndecodable) {
			gaps = append(gaps, object.gap(done.err))
		}
	}
	return gaps
}

func (o *Object) gap(err error) model.Gap {
	gap := model.Gap{Scope: o.Scope(), Reason: err.Error()}
	if o.Origin != nil {
		gap.File, gap.Line = o.Origin.File, o.Origin.Line
	}
	return gap
}

// Kinds lists the kinds that have objects, sorted.
func (s *Snapshot) Kinds() []GroupKind {
	kinds := make([]GroupKind, 0, len(s.tables))
	for gk, objects := range s.tables {
		if len(objects) > 0 {
			kinds = append(kinds, gk)
		}
	}
	slices.SortFunc(kinds, func(a, b GroupKind) int {
		return cmp.Or(strings.Compare(a.Group, b.Group), strings.Compare(a.Kind, b.Kind))
	})
	return kinds
}

// Objects returns the objects of one kind, sorted by namespace and name. The
// slice must not be changed.
func (s *Snapshot) Objects(gk GroupKind) []*Object { return s.tables[gk] }

// All iterates over every object, in the order of Kinds.
func (s *Snapshot) All() iter.Seq[*Object] {
	return func(yield func(*Object) bool) {
		for _, gk := range s.Kinds() {
			for _, object := range s.tables[gk] {
				if !yield(object) {
					return
				}
			}
		}
	}
}

// Changes returns the changes that make this snapshot from nothing.
func (s *Snapshot) Changes() []Change {
	var changes []Change
	for object := range s.All() {
		changes = append(changes, Change{Put: object})
	}
	scopes := make([]model.Scope, 0, len(s.listed))
	for scope := range s.listed {
		scopes = append(scopes, scope)
	}
	slices.SortFunc(scopes, model.Scope.Compare)
	for i := range scopes {
		changes = append(changes, Change{Listed: &scopes[i]})
	}
	for i := range s.gaps {
		changes = append(changes, Change{Gap: &s.gaps[i]})
	}
	return changes
}

// Lookup returns the first object of that ID, or nil. It is for those who handle
// objects rather than judge them: what a verdict rests on is read through a View.
func (s *Snapshot) Lookup(id model.ID) *Object {
	objects := s.tables[GroupKind{Group: id.Group, Kind: id.Kind}]
	at, _ := slices.BinarySearchFunc(objects, id, func(o *Object, id model.ID) int {
		return compareNames(o.Namespace, o.Name, id.Namespace, id.Name)
	})
	for ; at < len(objects) && objects[at].Namespace == id.Namespace && objects[at].Name == id.Name; at++ {
		if objects[at].Cluster == id.Cluster {
			return objects[at]
		}
	}
	return nil
}

// complete reports whether every object of the scope is known to be here.
func (s *Snapshot) complete(scope model.Scope) bool {
	if !s.Listed(scope) {
		return false
	}
	return !slices.ContainsFunc(s.unread, scope.Overlaps)
}

// Listed reports whether a scope was listed, in itself or as part of a list over
// all namespaces.
func (s *Snapshot) Listed(scope model.Scope) bool {
	if _, ok := s.listed[scope]; ok {
		return true
	}
	scope.Namespace = ""
	_, ok := s.listed[scope]
	return ok
}
