// Package auditlog reads audit logs of the API server: lines of JSON as its log
// backend writes them, or the lists that its webhook backend sends, one a line. It
// streams: memory does not grow with the log.
//
// What it gives are uses (see package least): who asked for what, and how that was
// decided. Events never enter a snapshot.
package auditlog

import (
	"context"
	"fmt"
	"hash/maphash"
	"io"
	"time"

	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"

	"holdfast.dev/holdfast/internal/analysis/least"
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/source/logfile"
)

// The limits.
const (
	maxLineBytes = 16 << 20 // an event with bodies has at most two of 3 MiB, written as JSON
	maxRemember  = 1 << 16  // requests that are looked for again
)

// Options say what is read.
type Options struct {
	Paths []string  // files, folders (their files, not those of folders within), - for Stdin
	Stdin io.Reader // may be nil without - in Paths
	Since time.Time // zero: all; an event without a time is always taken
}

// Source reads audit logs.
type Source struct {
	options Options
	emit    func(*least.Use) error
	log     *logfile.Reader

	summary Summary
	seed    maphash.Seed
	recent  map[uint64]struct{} // requests told lately
	older   map[uint64]struct{} // and before these
	event   event               // of the line being read
}

// Summary is what a log held, beside its uses.
type Summary struct {
	Events   int // read, of all stages
	Received int // of stage RequestReceived, which is before the decision
	Decided  int // of later stages
	Before   int // older than Since, and left out
}

// New makes a source.
func New(options Options) *Source {
	return &Source{options: options, seed: maphash.MakeSeed(), recent: map[uint64]struct{}{}}
}

// Read tells each use once: emit must not keep it. What cannot be read is told as a
// gap, with file and line, and the rest is read on. The error is that of emit, of
// the context, or of a path that is not there.
//
// A request that lasts is written twice, and one that an aggregated API server
// answers is in the logs of both: of events with one auditID that say the same only
// the first counts, as far back as 65,536 requests. A client may choose its
// auditID, so events that say something else always count.
func (s *Source) Read(ctx context.Context, emit func(*least.Use) error, gap func(model.Gap)) (Summary, error) {
	s.emit = emit
	s.log = logfile.New(logfile.Options{What: "audit log", Paths: s.options.Paths, Stdin: s.options.Stdin, MaxLineBytes: maxLineBytes}, gap)
	if err := s.log.Each(ctx, s.readLine); err != nil {
		return s.summary, err
	}
	if s.summary.Received > 0 && s.summary.Decided == 0 {
		gap(model.Gap{Reason: "the log holds stage RequestReceived only, which is before requests are decided: take ResponseComplete out of omitStages of the audit policy"})
	}
	return s.summary, nil
}

func (s *Source) readLine(file string, number int, line []byte) error {
	if len(line) == 0 {
		return nil
	}
	if err := decode(line, &s.event); err != nil {
		s.log.Tell(file, number, err.Error())
		return nil
	}
	if s.event.Kind == "Event" {
		return s.take(file, number)
	}
	for _, item := range s.event.Items { // which say not again what they are
		if err := unmarshal(item, &s.event); err != nil {
			s.log.Tell(file, number, err.Error())
			continue
		}
		if err := s.take(file, number); err != nil {
			return err
		}
	}
	return nil
}

// take tells the uses of the event that was decoded last.
func (s *Source) take(file string, line int) error {
	e := &s.event
	s.summary.Events++
	at := e.at()
	switch {
	case !at.IsZero() && at.Before(s.options.Since):
		s.summary.Before++
		return nil
	case e.Stage == auditv1.StageRequestReceived:
		s.summary.Received++
		return nil
	case !decided(e.Stage):
		s.log.Tell(file, line, fmt.Sprintf("not an audit event: %q is no stage", e.Stage))
		return nil
	case e.Verb == "" && e.RequestURI == "":
		s.log.Tell(file, line, "not an audit event: it names no request")
		return nil
	}
	s.summary.Decided++
	for _, use := range e.uses() {
		if s.again(e.AuditID, &use) {
			continue
		}
		use.Seen = least.Place{File: file, Line: line}
		if err := s.emit(&use); err != nil {
			return err
		}
	}
	return nil
}

// again reports whether a use was told lately, and remembers it.
func (s *Source) again(auditID string, use *least.Use) bool {
	if auditID == "" {
		return false
	}
	key := maphash.Comparable(s.seed, struct {
		id, user string
		request  rbac.Request
		verdict  rbac.Verdict
	}{auditID, use.Who.User, use.Request, use.Verdict})
	if _, known := s.recent[key]; known {
		return true
	}
	if _, known := s.older[key]; known {
		return true
	}
	if len(s.recent) >= maxRemember {
		s.recent, s.older = make(map[uint64]struct{}, maxRemember), s.recent
	}
	s.recent[key] = struct{}{}
	return false
}
