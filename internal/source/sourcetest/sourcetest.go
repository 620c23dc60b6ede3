// Package sourcetest holds what every snapshot.Source must satisfy, whatever it
// reads from.
package sourcetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// promptly is how long a source may go on after it was told to end.
const promptly = 5 * time.Second

// Run proves a source that lists. open makes a new source over the same input,
// which must hold at least two objects.
func Run(t *testing.T, open func(testing.TB) snapshot.Source) {
	t.Helper()
	t.Run("changes are well formed", func(t *testing.T) { wellFormed(t, open(t)) })
	t.Run("readings repeat", func(t *testing.T) { repeats(t, open) })
	t.Run("an error of the receiver ends the reading", func(t *testing.T) { receiverErrors(t, open) })
	t.Run("a context that is done ends the reading", func(t *testing.T) { cancelled(t, open) })
	t.Run("objects are found in a snapshot", func(t *testing.T) { found(t, open(t)) })
}

// collect reads everything and demands that emit is called by one at a time, and
// not after Read has returned.
func collect(ctx context.Context, t testing.TB, source snapshot.Source, emit func(snapshot.Change) error) error {
	t.Helper()
	var busy, over atomic.Bool
	err := source.Read(ctx, func(change snapshot.Change) error {
		if !busy.CompareAndSwap(false, true) {
			t.Error("emit is called by two at once")
		}
		defer busy.Store(false)
		if over.Load() {
			t.Error("emit is called after Read has returned")
		}
		return emit(change)
	})
	over.Store(true)
	return err
}

func all(t testing.TB, source snapshot.Source) []snapshot.Change {
	t.Helper()
	var changes []snapshot.Change
	if err := collect(context.Background(), t, source, func(change snapshot.Change) error {
		changes = append(changes, change)
		return nil
	}); err != nil {
		t.Fatalf("a list ends with nil, not %v", err)
	}
	return changes
}

func wellFormed(t *testing.T, source snapshot.Source) {
	objects := map[*snapshot.Object]bool{}
	for _, change := range all(t, source) {
		if problem := problemOf(change); problem != "" {
			t.Errorf("%s: %s", problem, Describe(change))
		}
		if change.Put == nil {
			continue
		}
		if objects[change.Put] {
			t.Errorf("one object is emitted twice: %s", Describe(change))
		}
		objects[change.Put] = true
	}
	if len(objects) < 2 {
		t.Errorf("the input holds %d objects: the suite needs two", len(objects))
	}
}

// problemOf says what is wrong with a change, or "".
func problemOf(change snapshot.Change) string {
	set := 0
	for _, is := range []bool{change.Put != nil, change.Delete != nil, change.Listed != nil, change.Gap != nil} {
		if is {
			set++
		}
	}
	switch {
	case set != 1:
		return fmt.Sprintf("%d fields are set", set)
	case change.Put != nil:
		return objectProblem(change.Put)
	case change.Delete != nil:
		return "a list deletes nothing"
	case change.Listed != nil && change.Listed.Kind == "":
		return "a kind is listed that has no name"
	case change.Gap != nil:
		return gapProblem(*change.Gap)
	}
	return ""
}

func objectProblem(object *snapshot.Object) string {
	_, undecodable := object.Body.(snapshot.Undecodable)
	raw, err := object.Encode()
	switch {
	case object.Kind == "":
		return "the object has no kind"
	case object.Name == "" && !object.Partial && !refusable(object):
		return "the object has no name"
	case object.Version == "":
		return "the object has no version"
	case object.Body == nil:
		return "the object has no body"
	case undecodable && !object.Partial:
		return "what could not be understood is not marked partial"
	case !undecodable && err != nil:
		return err.Error()
	case !undecodable && !strings.HasPrefix(string(raw), "{"):
		return fmt.Sprintf("the body is %.40s", raw)
	case object.Origin != nil && (object.Origin.File == "" || object.Origin.Line < 0):
		return "the origin names no file"
	}
	return ""
}

// refusable reports an object that stands in a file: there a name may be missing.
func refusable(object *snapshot.Object) bool { return object.Origin != nil }

func gapProblem(gap model.Gap) string {
	switch {
	case gap.Reason == "":
		return "the gap has no reason"
	case strings.ContainsAny(gap.Reason, "\n\r"):
		return "the reason has several lines"
	case gap.Line < 0, gap.Line > 0 && gap.File == "":
		return "the gap has a line and no file"
	case gap.Refused && gap.Skipped:
		return "the gap is refused and skipped at once"
	}
	return ""
}

// Describe renders a change on one line.
func Describe(change snapshot.Change) string {
	switch {
	case change.Put != nil:
		origin := ""
		if change.Put.Origin != nil {
			origin = fmt.Sprintf(" of %s:%d", change.Put.Origin.File, change.Put.Origin.Line)
		}
		raw, err := change.Put.Encode()
		return fmt.Sprintf("put %s%s %v %s", change.Put.ID, origin, err, raw)
	case change.Delete != nil:
		return fmt.Sprintf("delete %s", *change.Delete)
	case change.Listed != nil:
		return fmt.Sprintf("listed %s", *change.Listed)
	case change.Gap != nil:
		return fmt.Sprintf("gap %+v", *change.Gap)
	default:
		return "nothing"
	}
}

func repeats(t *testing.T, open func(testing.TB) snapshot.Source) {
	source := open(t)
	first := all(t, source)
	for name, again := range map[string]snapshot.Source{"the same source": source, "another source": open(t)} {
		second := all(t, again)
		if len(first) != len(second) {
			t.Errorf("%s gives %d changes, then %d", name, len(first), len(second))
			continue
		}
		for i := range first {
			if a, b := Describe(first[i]), Describe(second[i]); a != b {
				t.Errorf("%s differs:\n%s\n%s", name, a, b)
				break
			}
		}
	}
}

func receiverErrors(t *testing.T, open func(testing.TB) snapshot.Source) {
	count := len(all(t, open(t)))
	stop := errors.New("the receiver has enough")
	for _, at := range []int{1, count/2 + 1, count} {
		calls := 0
		err := within(t, func() error {
			return collect(context.Background(), t, open(t), func(snapshot.Change) error {
				if calls++; calls == at {
					return stop
				}
				return nil
			})
		})
		if !errors.Is(err, stop) {
			t.Errorf("at change %d of %d: Read returns %v", at, count, err)
		}
		if calls != at {
			t.Errorf("emit is called %d times after it failed", calls-at)
		}
	}
}

func cancelled(t *testing.T, open func(testing.TB) snapshot.Source) {
	done, cancel := context.WithCancel(context.Background())
	cancel()
	err := within(t, func() error { return collect(done, t, open(t), func(snapshot.Change) error { return nil }) })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that is done from the start Read returns %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	calls := 0
	err = within(t, func() error {
		return collect(ctx, t, open(t), func(snapshot.Change) error {
			if calls++; calls > 1 {
				t.Error("emit is called although the context is done")
			}
			cancel()
			return nil
		})
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that ends during the reading Read returns %v", err)
	}
}

// within demands that f comes back promptly.
func within(t *testing.T, f func() error) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-time.After(promptly):
		t.Fatalf("Read goes on for more than %v", promptly)
		return nil
	}
}

func found(t *testing.T, source snapshot.Source) {
	changes := all(t, source)
	s := snapshot.New(snapshot.Settings{}, changes...)
	for _, change := range changes {
		if change.Put != nil && s.Lookup(change.Put.ID) == nil {
			t.Errorf("a snapshot does not find %s", change.Put.ID)
		}
	}
}
