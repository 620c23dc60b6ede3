package manifest

import (
	"context"
	"runtime"
	"sync"

	"holdfast.dev/holdfast/internal/snapshot"
)

// unit is one thing that is read on its own: a file, a chart, a kustomization, a
// gap that is known already, or the end of a root.
type unit struct {
	path string // orders the units of a root
	read func(context.Context) []snapshot.Change
	// end, when set, is called instead of read, after every unit before it was
	// emitted.
	end   func() []snapshot.Change
	tally *tally
	via   string // the kustomization whose base the objects may stand in
}

// tally counts what one named path has given. What it gave under another path's
// name is counted, too.
type tally struct{ objects, gaps, elsewhere int }

func (t *tally) count(change snapshot.Change) {
	switch {
	case change.Put != nil:
		t.objects++
	case change.Gap != nil && !change.Gap.Skipped:
		t.gaps++
	}
}

// inOrder reads units in parallel and sends what they hold in the order of the
// units. No more are read ahead of the receiver than a few for each processor, so
// that a slow receiver does not fill the memory.
func inOrder(ctx context.Context, units []unit, send func(unit, snapshot.Change) error) error {
	ctx, cancel := context.WithCancel(ctx)
	processors := runtime.GOMAXPROCS(0)
	results := make([]chan []snapshot.Change, len(units))
	for i := range results {
		results[i] = make(chan []snapshot.Change, 1)
	}
	ahead := make(chan struct{}, 4*processors)
	next := make(chan int)
	var readers sync.WaitGroup
	defer readers.Wait()
	defer cancel()
	for range min(processors, len(units)) {
		readers.Go(func() {
			for i := range next {
				results[i] <- units[i].run(ctx)
			}
		})
	}
	readers.Go(func() {
		defer close(next)
		for i := range units {
			select {
			case <-ctx.Done():
				return
			case ahead <- struct{}{}:
			}
			select {
			case <-ctx.Done():
				return
			case next <- i:
			}
		}
	})
	for i, unit := range units {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case changes := <-results[i]:
			<-ahead
			if err := unit.send(ctx, changes, send); err != nil {
				return err
			}
		}
	}
	return nil
}

func (u unit) run(ctx context.Context) []snapshot.Change {
	if u.read == nil || ctx.Err() != nil {
		return nil
	}
	return u.read(ctx)
}

func (u unit) send(ctx context.Context, changes []snapshot.Change, send func(unit, snapshot.Change) error) error {
	if u.end != nil {
		changes = u.end()
	}
	for _, change := range changes {
		if err := ctx.Err(); err != nil {
			return err
		}
		u.tally.count(change)
		if err := send(u, change); err != nil {
			return err
		}
	}
	return nil
}
