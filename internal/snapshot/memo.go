package snapshot

import (
	"slices"
	"sync"
	"sync/atomic"

	"holdfast.dev/holdfast/internal/model"
)

// Memo is a value computed from a snapshot at most once per key and shared by
// everyone who asks. Compute must be pure and must read through the View it is
// given; what it misses, its readers miss. Name must be unique in the program.
type Memo[K comparable, T any] struct {
	Name    string
	Compute func(*View, K) T
}

type memoKey struct {
	name string
	key  any
}

type memoEntry struct {
	once    sync.Once
	done    atomic.Bool
	value   any
	missing []model.Scope
	reads   map[read]struct{}
}

// Of returns the value for a key.
func (m *Memo[K, T]) Of(v *View, key K) T {
	id := memoKey{name: m.Name, key: key}
	found, ok := v.snapshot.memos.Load(id)
	if !ok {
		found, _ = v.snapshot.memos.LoadOrStore(id, &memoEntry{})
	}
	entry := found.(*memoEntry)
	entry.once.Do(func() {
		inner := &View{snapshot: v.snapshot, reads: map[read]struct{}{}}
		entry.value = m.Compute(inner, key)
		entry.missing, entry.reads = inner.missing, inner.reads
		entry.done.Store(true)
	})
	v.inherit(entry)
	return entry.value.(T)
}

// inherit makes what a memo read and missed the view's own, once.
func (v *View) inherit(entry *memoEntry) {
	if v.reads != nil {
		if _, ok := v.asked[entry]; ok {
			return
		}
		if v.asked == nil {
			v.asked = map[*memoEntry]struct{}{}
		}
		v.asked[entry] = struct{}{}
	}
	v.missAll(entry.missing)
	if v.reads == nil && v.trace == nil {
		return
	}
	for r := range entry.reads {
		v.note(r.Scope, r.Name)
	}
}

// missAll is miss for what a memo missed. The first list is taken as it is: verdicts
// by the thousand rest on one memo alone.
func (v *View) missAll(scopes []model.Scope) {
	switch {
	case v.aside || len(scopes) == 0:
	case len(v.missing) == 0:
		v.missing = slices.Clip(scopes)
	case len(v.missing) == len(scopes) && &v.missing[0] == &scopes[0]:
	default:
		for _, scope := range scopes {
			v.miss(scope)
		}
	}
}

// keepMemos hands on to next the memos that read nothing of what was touched.
func (s *Snapshot) keepMemos(next *Snapshot, touched []model.Scope) {
	s.memos.Range(func(key, value any) bool {
		entry := value.(*memoEntry)
		if entry.done.Load() && !entry.readsAny(touched) {
			next.memos.Store(key, entry)
		}
		return true
	})
}

func (e *memoEntry) readsAny(touched []model.Scope) bool {
	for r := range e.reads {
		if slices.ContainsFunc(touched, r.Scope.Overlaps) {
			return true
		}
	}
	return false
}
