package snapshot

import (
	"iter"
	"slices"

	"holdfast.dev/holdfast/internal/model"
)

// View reads a snapshot and remembers which of the scopes that it read were not
// completely known. It is not safe for concurrent use; take one each.
type View struct {
	snapshot *Snapshot
	missing  []model.Scope     // read, and not completely known
	reads    map[read]struct{} // nil unless someone wants to know
	asked    map[*memoEntry]struct{}
	trace    func(model.Scope) // nil unless a test watches
	aside    bool              // misses are not remembered
}

// read is one thing that a verdict depends on: a scope, or with Name one object.
type read struct {
	model.Scope
	Name string
}

// Presence says whether an object exists. The zero value is Undetermined.
type Presence uint8

// The presences.
const (
	Undetermined Presence = iota // not found, and the list is not complete
	Present
	Absent
)

// Settings returns what holds for the whole snapshot.
func (v *View) Settings() Settings { return v.snapshot.settings }

// Snapshot returns what is read.
func (v *View) Snapshot() *Snapshot { return v.snapshot }

// Missing lists the scopes that were read and are not completely known, without those
// that are part of another: a verdict reached through this view is not better than
// Unknown while there are any.
func (v *View) Missing() []model.Scope { return v.missing }

// Aside returns a view of the same snapshot whose reads count as this one's, and which
// remembers no missing scopes: for what an analysis looks at that says itself what it could
// not see, because most of it does not matter.
func (v *View) Aside() *View {
	return &View{snapshot: v.snapshot, reads: v.reads, trace: v.trace, aside: true}
}

// Reset forgets what was read, so that one View serves many verdicts.
func (v *View) Reset() { v.missing = nil }

// Trace calls f with each scope that is read from now on.
func (v *View) Trace(f func(model.Scope)) *View {
	v.trace = f
	return v
}

func (v *View) note(scope model.Scope, name string) {
	if v.reads != nil && !v.hasRead(scope, name) {
		v.reads[read{Scope: scope, Name: name}] = struct{}{}
	}
	if v.trace != nil {
		v.trace(scope)
	}
}

// hasRead reports whether a kind was read in all namespaces, so that what is read of
// it in one adds nothing.
func (v *View) hasRead(scope model.Scope, name string) bool {
	if scope.Namespace == "" && name == "" {
		return false
	}
	scope.Namespace = ""
	_, ok := v.reads[read{Scope: scope}]
	return ok
}

// miss notes a scope, unless it is part of one that is noted; what is part of it goes.
func (v *View) miss(scope model.Scope) {
	whole := scope
	whole.Namespace = ""
	if v.aside || slices.ContainsFunc(v.missing, func(m model.Scope) bool { return m == scope || m == whole }) {
		return
	}
	part := func(m model.Scope) bool {
		m.Namespace = ""
		return m == whole
	}
	if scope == whole && slices.ContainsFunc(v.missing, part) {
		v.missing = slices.DeleteFunc(slices.Clone(v.missing), part) // it may be a memo's
	}
	v.missing = append(v.missing, scope)
}

// List iterates over the objects of a kind in one namespace, or in all with
// namespace "", sorted by namespace and name; of several objects with one ID the
// first. complete is false when the scope was not listed, has a gap, or holds an
// object that cannot be decoded: then absence proves nothing, and the view
// remembers it.
func List[T any](v *View, k Kind[T], namespace string) (all iter.Seq2[*Object, T], complete bool) {
	scope := model.Scope{Cluster: v.snapshot.settings.Cluster, Group: k.Group, Kind: k.Kind, Namespace: namespace}
	v.note(scope, "")
	objects := inNamespace(v.snapshot.tables[GroupKind{Group: k.Group, Kind: k.Kind}], namespace)
	complete = v.snapshot.complete(scope)
	for _, object := range objects {
		if _, err := k.Read(object); err != nil {
			complete = false
		}
	}
	if !complete {
		v.miss(scope)
	}
	return func(yield func(*Object, T) bool) {
		for i, object := range objects {
			if i > 0 && objects[i-1].ID == object.ID {
				continue
			}
			value, err := k.Read(object)
			if err == nil && !yield(object, value) {
				return
			}
		}
	}, complete
}

func inNamespace(objects []*Object, namespace string) []*Object {
	if namespace == "" {
		return objects
	}
	byNamespace := func(o *Object, namespace string) int {
		return compareNames(o.Namespace, "", namespace, "")
	}
	from, _ := slices.BinarySearchFunc(objects, namespace, byNamespace)
	count := 0
	for count < len(objects)-from && objects[from+count].Namespace == namespace {
		count++
	}
	return objects[from : from+count]
}

// Get reads one object. It is Undetermined when it was not found in a list that
// is not complete, or cannot be decoded; the view remembers that.
func Get[T any](v *View, k Kind[T], namespace, name string) (*Object, T, Presence) {
	var zero T
	id := model.ID{Cluster: v.snapshot.settings.Cluster, Group: k.Group, Kind: k.Kind, Namespace: namespace, Name: name}
	object, presence := v.Find(id)
	if presence != Present {
		return nil, zero, presence
	}
	value, err := k.Read(object)
	if err != nil {
		v.miss(id.Scope())
		return object, zero, Undetermined
	}
	return object, value, Present
}

// Find looks an object up without decoding it.
func (v *View) Find(id model.ID) (*Object, Presence) {
	scope := id.Scope()
	v.note(scope, id.Name)
	if object := v.snapshot.Lookup(id); object != nil {
		return object, Present
	}
	if v.snapshot.complete(scope) {
		return nil, Absent
	}
	v.miss(scope)
	return nil, Undetermined
}

// Objects returns the objects of a kind in one namespace, or in all with namespace
// "", undecoded and duplicates included, for those who read several kinds in one
// way. It does not ask whether the list is complete. The slice must not be changed.
func (v *View) Objects(gk GroupKind, namespace string) []*Object {
	v.note(model.Scope{Cluster: v.snapshot.settings.Cluster, Group: gk.Group, Kind: gk.Kind, Namespace: namespace}, "")
	return inNamespace(v.snapshot.tables[gk], namespace)
}

// Complete reports whether a scope is completely known, and remembers if not.
func (v *View) Complete(scope model.Scope) bool {
	scope.Cluster = v.snapshot.settings.Cluster
	v.note(scope, "")
	if v.snapshot.complete(scope) {
		return true
	}
	v.miss(scope)
	return false
}

// Unread reports whether a gap hides part of a scope, and remembers if so. A
// scope that was merely not supplied is not unread.
func (v *View) Unread(scope model.Scope) bool {
	scope.Cluster = v.snapshot.settings.Cluster
	v.note(scope, "")
	if !slices.ContainsFunc(v.snapshot.unread, scope.Overlaps) {
		return false
	}
	v.miss(scope)
	return true
}
