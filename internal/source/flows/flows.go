// Package flows reads what observers of a network wrote down: flows of Hubble, access
// logs of Istio's proxies, the kernel's table of connections, and plain CSV. It hands
// on connections that were opened and answered, by the side that listens. Flows are no
// part of a snapshot.
package flows

import (
	"bytes"
	"context"
	"io"

	"holdfast.dev/holdfast/internal/analysis/generate"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/source/logfile"
)

const maxLineBytes = 1 << 20 // a flow of Hubble has a few KiB

// Options say what to read.
type Options struct {
	Paths  []string  // files, folders (their files, not those of folders within), - for Stdin
	Stdin  io.Reader // may be nil without - in Paths
	Format Format    // Detect: each file by its first line
}

// Summary counts what was read, and what was left out on purpose.
type Summary struct {
	Lines      int // that hold something
	Flows      int // handed on
	Replies    int // of the side that listens, to a connection that counts by itself
	Denied     int // dropped by a policy or failed
	Unanswered int // nobody answered
	Other      int // of protocols that policies do not govern, as ICMP, and notices
}

// Source reads flows.
type Source struct {
	options Options
	emit    func(*generate.Flow) error
	log     *logfile.Reader

	summary Summary
}

// New makes a source.
func New(options Options) *Source { return &Source{options: options} }

// Read hands on each connection, in the order of the lines, and each line that could
// not be understood as a gap. It returns an error for paths that do not exist, when
// ctx ends, and what emit returns.
func (s *Source) Read(ctx context.Context, emit func(*generate.Flow) error, gap func(model.Gap)) (Summary, error) {
	s.emit = emit
	s.log = logfile.New(logfile.Options{What: "flows", Paths: s.options.Paths, Stdin: s.options.Stdin, MaxLineBytes: maxLineBytes}, gap)
	var reader *fileReader
	err := s.log.Each(ctx, func(file string, number int, text []byte) error {
		if reader == nil || reader.name != file || number == 1 {
			reader = &fileReader{source: s, name: file, format: s.options.Format}
			text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
		}
		return reader.line(number, text)
	})
	return s.summary, err
}

// fileReader reads the lines of one file.
type fileReader struct {
	source  *Source
	name    string
	format  Format
	columns *columns // of a CSV, once its header was read
	refused bool     // the format cannot be told: said once
}

// line reads one line. Its error is only that of emit.
func (r *fileReader) line(number int, line []byte) error {
	if len(line) == 0 || r.refused {
		return nil
	}
	s := r.source
	s.summary.Lines++
	if r.format == Detect {
		if r.format = detect(line); r.format == Detect {
			if isNotice(line) {
				s.summary.Other++
				return nil
			}
			r.refused = true
			s.log.Tell(r.name, number, "the format cannot be told: say --format "+formatNames(" or "))
			return nil
		}
	}
	flows, left, err := r.parse(line)
	if err != nil {
		s.log.Tell(r.name, number, err.Error())
		return nil
	}
	s.summary.count(left)
	for i := range flows {
		flows[i].Seen = generate.Place{File: r.name, Line: number}
		s.summary.Flows++
		if err := s.emit(&flows[i]); err != nil {
			return err
		}
	}
	return nil
}

func (r *fileReader) parse(line []byte) ([]generate.Flow, leftOut, error) {
	switch r.format {
	case Hubble:
		return parseHubble(line)
	case Istio:
		return parseIstio(line)
	case Conntrack:
		return parseConntrack(line)
	default:
		return r.parseCSV(line)
	}
}

// leftOut says why a line that was understood gives no flow.
type leftOut uint8

const (
	nothing leftOut = iota
	reply
	denied
	unanswered
	other
)

func (s *Summary) count(left leftOut) {
	switch left {
	case reply:
		s.Replies++
	case denied:
		s.Denied++
	case unanswered:
		s.Unanswered++
	case other:
		s.Other++
	}
}
