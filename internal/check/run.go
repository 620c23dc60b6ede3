package check

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Options narrow a run.
type Options struct {
	Namespace string // judge only objects of this namespace; "" for all

	// Observe, when set, is told the outcome of each check on each object. It is
	// called from several goroutines.
	Observe func(check *Check, object *snapshot.Object, outcome model.Outcome)
	// Trace, when set, is told each scope that a check reads. It is called from
	// several goroutines.
	Trace func(check *Check, scope model.Scope)
}

// Run judges every object of the snapshot by every check that wants its kind. The
// lists it returns are not sorted. Gaps are the failures of checks themselves.
func Run(s *snapshot.Snapshot, checks []Check, options Options) (findings []model.Finding, tallies []model.Tally, gaps []model.Gap) {
	r := &run{snapshot: s, checks: checks, options: options, byKind: index(s, checks)}
	r.collect()
	workers := make([]*worker, runtime.GOMAXPROCS(0))
	var group sync.WaitGroup
	for i := range workers {
		workers[i] = newWorker(r)
		group.Go(workers[i].work)
	}
	group.Wait()
	tallies = r.tallies(workers)
	total := 0
	for _, w := range workers {
		for _, some := range w.findings {
			total += len(some)
		}
	}
	findings = make([]model.Finding, 0, total)
	for _, w := range workers {
		for i, some := range w.findings {
			findings = append(findings, some...)
			w.findings[i] = nil
		}
		gaps = append(gaps, w.gaps...)
	}
	return findings, tallies, gaps
}

type run struct {
	snapshot *snapshot.Snapshot
	checks   []Check
	options  Options
	byKind   map[snapshot.GroupKind][]int // indexes of checks
	custom   []model.Ref                  // of files: custom kinds whose pods nothing reads
	objects  []*snapshot.Object
	next     atomic.Int64
}

func index(s *snapshot.Snapshot, checks []Check) map[snapshot.GroupKind][]int {
	byKind := map[snapshot.GroupKind][]int{}
	present := s.Kinds()
	for i := range checks {
		on := checks[i].GroupKinds()
		if checks[i].onAllKinds() {
			on = present
		}
		for _, gk := range on {
			byKind[gk] = append(byKind[gk], i)
		}
	}
	return byKind
}

func (r *run) collect() {
	for _, gk := range r.snapshot.Kinds() {
		r.collectCustom(gk)
		if len(r.byKind[gk]) == 0 {
			continue
		}
		for _, object := range r.snapshot.Objects(gk) {
			if !object.Implied && r.wanted(object) {
				r.objects = append(r.objects, object)
			}
		}
	}
}

// collectCustom notes objects of custom kinds that hold pods. Of a running cluster
// the pods themselves are judged.
func (r *run) collectCustom(gk snapshot.GroupKind) {
	for _, object := range r.snapshot.Objects(gk) {
		if !object.InFile() || !workload.Custom(object) {
			continue
		}
		if r.wanted(object) && len(workload.CustomPods(object)) > 0 {
			r.custom = append(r.custom, object.Ref)
		}
	}
}

// onPods reports whether a check judges everything that makes pods.
func (c *Check) onPods() bool {
	return c.Only == nil && len(c.On) >= len(workload.Kinds()) && slices.Contains(c.On, "Pod") && slices.Contains(c.On, "apps/Deployment")
}

// wanted applies the namespace filter; a Namespace is in the namespace it names.
func (r *run) wanted(object *snapshot.Object) bool {
	if r.options.Namespace == "" || object.Namespace == r.options.Namespace {
		return true
	}
	return object.Group == "" && object.Kind == "Namespace" && object.Name == r.options.Namespace
}

// worker judges objects until there are none; it owns what it found.
type worker struct {
	run      *run
	view     *snapshot.View
	judged   Case
	findings [][]model.Finding // in chunks: one growing slice would be copied again and again
	tallies  []model.Tally
	gaps     []model.Gap
	filtered filtered
}

// filtered is what a filter said of an object.
type filtered struct {
	by      *Filter
	object  *snapshot.Object
	applies bool
}

func newWorker(r *run) *worker {
	return &worker{run: r, view: r.snapshot.View(), tallies: make([]model.Tally, len(r.checks))}
}

// batch is how many objects a worker takes at a time.
const batch = 32

func (w *worker) work() {
	total := int64(len(w.run.objects))
	for {
		end := w.run.next.Add(batch)
		for i := end - batch; i < min(end, total); i++ {
			w.object(w.run.objects[i])
		}
		if end >= total {
			return
		}
	}
}

func (w *worker) object(object *snapshot.Object) {
	gk := snapshot.GroupKind{Group: object.Group, Kind: object.Kind}
	fixed := w.standing(object, gk)
	_, broken := object.Body.(snapshot.Undecodable)
	for _, i := range w.run.byKind[gk] {
		outcome := fixed
		if fixed == model.Pass && !w.applies(w.run.checks[i].Only, object) {
			outcome = model.NotApplicable
		} else if fixed == model.Pass || broken && w.run.checks[i].onAllKinds() {
			outcome = w.judge(&w.run.checks[i], &w.tallies[i], object)
		}
		tally := &w.tallies[i]
		tally.Count[outcome]++
		if outcome == model.Unknown {
			tally.Unknown = append(tally.Unknown, object.Ref)
		}
		if w.run.options.Observe != nil {
			w.run.options.Observe(&w.run.checks[i], object, outcome)
		}
	}
}

// applies asks a filter. The checks that share one stand together, so that
// remembering the last answer is enough.
func (w *worker) applies(filter *Filter, object *snapshot.Object) bool {
	if filter == nil {
		return true
	}
	if w.filtered.by != filter || w.filtered.object != object {
		w.filtered = filtered{by: filter, object: object, applies: filter.Applies(object)}
	}
	return w.filtered.applies
}

// standing returns the outcome that every check has for the object whatever it
// says, or Pass when the checks decide.
func (w *worker) standing(object *snapshot.Object, gk snapshot.GroupKind) model.Outcome {
	if _, broken := object.Body.(snapshot.Undecodable); broken {
		return model.Unknown
	}
	if !workload.Is(gk) {
		return model.Pass
	}
	w.view.Reset()
	switch {
	case workload.Of(w.view, object) == nil:
		return model.Unknown
	case workload.Stand(w.view, object) == workload.Owned:
		return model.NotApplicable
	case workload.Stand(w.view, object) == workload.Undetermined:
		return model.Unknown
	default:
		return model.Pass
	}
}

func (w *worker) judge(check *Check, tally *model.Tally, object *snapshot.Object) (outcome model.Outcome) {
	defer func() {
		if r := recover(); r != nil {
			w.failed(check, object, r)
			outcome = model.Unknown
		}
	}()
	w.view.Reset()
	if w.run.options.Trace != nil {
		w.view.Trace(func(scope model.Scope) { w.run.options.Trace(check, scope) })
	}
	w.judged = Case{View: w.view, Object: object, control: &check.Control, findings: w.judged.findings[:0]}
	check.Run(&w.judged)
	if len(w.judged.findings) > 0 {
		w.keep(w.judged.findings)
		return model.Fail
	}
	missing := w.view.Missing()
	for _, scope := range missing {
		if !contains(tally.Missing, scope) {
			tally.Missing = append(tally.Missing, scope)
		}
	}
	switch {
	case w.judged.unknown || len(missing) > 0 || object.Partial && !w.judged.skipped && !check.onAllKinds():
		return model.Unknown
	case w.judged.skipped:
		return model.NotApplicable
	default:
		return model.Pass
	}
}

// chunk is how many findings a worker makes room for at a time.
const chunk = 256

func (w *worker) keep(findings []model.Finding) {
	for len(findings) > 0 {
		last := len(w.findings) - 1
		if last < 0 || len(w.findings[last]) == cap(w.findings[last]) {
			w.findings = append(w.findings, make([]model.Finding, 0, chunk))
			last++
		}
		n := min(len(findings), cap(w.findings[last])-len(w.findings[last]))
		w.findings[last] = append(w.findings[last], findings[:n]...)
		findings = findings[n:]
	}
}

// failed records a check that panicked: its own defect, and a gap in the result.
func (w *worker) failed(check *Check, object *snapshot.Object, reason any) {
	gap := model.Gap{
		Scope:  object.Scope(),
		Reason: fmt.Sprintf("control %s failed on %s: %v: this is a defect of Holdfast, please report it", check.ID, object.ID, reason),
	}
	if object.Origin != nil {
		gap.File, gap.Line = object.Origin.File, object.Origin.Line
	}
	w.gaps = append(w.gaps, gap)
}

func contains(scopes []model.Scope, scope model.Scope) bool {
	for i := range scopes {
		if scopes[i] == scope {
			return true
		}
	}
	return false
}

// tallies adds up what the workers counted. A check that no object was there for
// is not applicable only if its kinds were listed; else what it missed is noted.
func (r *run) tallies(workers []*worker) []model.Tally {
	sums := make([]model.Tally, len(r.checks))
	for i := range r.checks {
		sum := &sums[i]
		sum.Control = r.checks[i].ID
		for _, w := range workers {
			part := &w.tallies[i]
			for outcome := range part.Count {
				sum.Count[outcome] += part.Count[outcome]
			}
			sum.Unknown = append(sum.Unknown, part.Unknown...)
			sum.Missing = append(sum.Missing, part.Missing...)
		}
		if r.checks[i].onPods() {
			sum.Count[model.Unknown] += len(r.custom)
			sum.Unknown = append(sum.Unknown, r.custom...)
		}
		if sum.Count == [4]int{} {
			sum.Missing = r.notListed(&r.checks[i])
		}
	}
	return sums
}

func (r *run) notListed(check *Check) []model.Scope {
	var missing []model.Scope
	view := r.snapshot.View()
	for _, gk := range check.GroupKinds() {
		scope := model.Scope{Group: gk.Group, Kind: gk.Kind, Namespace: r.options.Namespace}
		if !view.Complete(scope) {
			missing = append(missing, scope)
		}
	}
	return missing
}
