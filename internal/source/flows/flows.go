// Package flows reads what observers of a network wrote down: flows of Hubble, access
// logs of Istio's proxies, the kernel's table of connections, and plain CSV. It hands
// on connections that were opened and answered, by the side that listens. Flows are no
// part of a snapshot.
package flows

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"holdfast.dev/holdfast/internal/analysis/generate"
	"holdfast.dev/holdfast/internal/model"
)

const (
	maxLineBytes = 1 << 20 // a flow of Hubble has a few KiB
	maxGaps      = 100     // told one by one
)

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
	gap     func(model.Gap)

	summary Summary
	gaps    int
}

// New makes a source.
func New(options Options) *Source { return &Source{options: options} }

// Read hands on each connection, in the order of the lines, and each line that could
// not be understood as a gap. It returns an error for paths that do not exist, when
// ctx ends, and what emit returns.
func (s *Source) Read(ctx context.Context, emit func(*generate.Flow) error, gap func(model.Gap)) (Summary, error) {
	s.emit, s.gap = emit, gap
	files, err := s.files()
	if err != nil {
		return s.summary, err
	}
	for _, file := range files {
		if err := s.readFile(ctx, file); err != nil {
			return s.summary, err
		}
	}
	if s.gaps > maxGaps {
		gap(model.Gap{Reason: fmt.Sprintf("%d more lines could not be read", s.gaps-maxGaps)})
	}
	return s.summary, nil
}

func (s *Source) files() ([]string, error) {
	var files []string
	for _, path := range s.options.Paths {
		if path == "-" {
			files = append(files, path)
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("read flows: %w", err)
		}
		if !info.IsDir() {
			files = append(files, path)
			continue
		}
		entries, err := os.ReadDir(path)
		if err != nil {
			return nil, fmt.Errorf("read flows: %w", err)
		}
		before := len(files)
		for _, entry := range entries {
			name := filepath.Join(path, entry.Name())
			if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
				files = append(files, name)
			}
		}
		if len(files) == before {
			return nil, fmt.Errorf("read flows: %s holds no files", path)
		}
	}
	return files, nil
}

func (s *Source) readFile(ctx context.Context, name string) error {
	if name == "-" {
		if s.options.Stdin == nil {
			return errors.New("read flows: there is no standard input")
		}
		return s.readStream(ctx, "-", s.options.Stdin)
	}
	file, err := os.Open(name)
	if err != nil {
		s.tell(name, 0, fmt.Sprintf("could not be opened: %v", err))
		return nil
	}
	defer file.Close()
	return s.readStream(ctx, name, file)
}

func (s *Source) readStream(ctx context.Context, name string, r io.Reader) error {
	buffered := bufio.NewReaderSize(r, 64<<10)
	if head, _ := buffered.Peek(2); string(head) == "\x1f\x8b" {
		zip, err := gzip.NewReader(buffered)
		if err != nil {
			s.tell(name, 0, fmt.Sprintf("could not be decompressed: %v", err))
			return nil
		}
		buffered = bufio.NewReaderSize(zip, 64<<10)
	}
	lines := lineReader{from: buffered}
	reader := &fileReader{source: s, name: name, format: s.options.Format}
	for {
		if lines.number%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		line, err := lines.next()
		switch {
		case err == nil:
			if lines.number == 1 {
				line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
			}
			err = reader.line(lines.number, line)
		case errors.Is(err, errLong):
			s.tell(name, lines.number, fmt.Sprintf("the line has more than %d KiB", maxLineBytes>>10))
			err = nil
		case errors.Is(err, io.EOF):
			return nil
		default:
			s.tell(name, lines.number, fmt.Sprintf("could not be read to its end: %v", err))
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// tell emits a gap for a line, up to a number of them.
func (s *Source) tell(file string, line int, reason string) {
	s.gaps++
	if s.gaps <= maxGaps {
		s.gap(model.Gap{Reason: reason, File: file, Line: line})
	}
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
			s.tell(r.name, number, "the format cannot be told: say --format "+formatNames(" or "))
			return nil
		}
	}
	flows, left, err := r.parse(line)
	if err != nil {
		s.tell(r.name, number, err.Error())
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
