// Package saved writes a snapshot to one compressed file and reads it back. The
// file is gzip over lines of JSON: a header, then one change a line. It holds what
// the snapshot holds, and so no secret.
package saved

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// format is the version of the file's form.
const format = "holdfast.dev/snapshot/v1"

// maxLineBytes bounds one change: etcd holds no object above 1.5 MiB, files may.
const maxLineBytes = 256 << 20

// Header is the first line of the file.
type Header struct {
	Format   string            `json:"format"`
	Target   string            `json:"target"` // what was read, as text for people
	Settings snapshot.Settings `json:"settings"`
}

// line is one change as it is written.
type line struct {
	Put    *object      `json:"put,omitempty"`
	Listed *model.Scope `json:"listed,omitempty"`
	Gap    *model.Gap   `json:"gap,omitempty"`
}

type object struct {
	model.Ref
	Origin  *origin                `json:"origin,omitempty"`
	Implied bool                   `json:"implied,omitempty"`
	Partial bool                   `json:"partial,omitempty"`
	Secrets []snapshot.FoundSecret `json:"secrets,omitempty"`
	Broken  string                 `json:"undecodable,omitempty"`
	Body    json.RawMessage        `json:"body,omitempty"`
}

// origin is where an object stood. The text is not kept: it may hold secrets.
type origin struct {
	File       string                  `json:"file,omitempty"`
	Line       int                     `json:"line,omitempty"`
	Editable   bool                    `json:"editable,omitempty"`
	APIVersion string                  `json:"apiVersion,omitempty"`
	Lines      snapshot.Lines          `json:"lines,omitempty"`
	Unknown    []snapshot.Unrecognised `json:"unknown,omitempty"`
}

// Write writes the snapshot.
func Write(w io.Writer, target string, s *snapshot.Snapshot) error {
	zip := gzip.NewWriter(w)
	encoder := json.NewEncoder(zip)
	if err := encoder.Encode(Header{Format: format, Target: target, Settings: s.Settings()}); err != nil {
		return err
	}
	for _, change := range s.Changes() {
		line, err := encode(change)
		if err != nil {
			return err
		}
		if err := encoder.Encode(line); err != nil {
			return err
		}
	}
	return zip.Close()
}

func encode(change snapshot.Change) (line, error) {
	if change.Put == nil {
		return line{Listed: change.Listed, Gap: change.Gap}, nil
	}
	o := change.Put
	out := &object{Ref: o.Ref, Implied: o.Implied, Partial: o.Partial, Secrets: o.Secrets}
	if from := o.Origin; from != nil {
		out.Origin = &origin{File: from.File, Line: from.Line, Editable: from.Editable, APIVersion: from.APIVersion, Lines: from.Lines, Unknown: from.Unknown}
	}
	if broken, ok := o.Body.(snapshot.Undecodable); ok {
		out.Broken = broken.Reason
		return line{Put: out}, nil
	}
	body, err := o.Encode()
	out.Body = body
	return line{Put: out}, err
}

// Is reports whether data starts like a compressed file. Read says whether it is a
// snapshot.
func Is(data []byte) bool { return bytes.HasPrefix(data, []byte{0x1f, 0x8b}) }

// ErrNoSnapshot says that a file is something else.
var ErrNoSnapshot = errors.New("not a snapshot saved by holdfast")

// Source reads a saved snapshot. It implements snapshot.Source.
type Source struct {
	Header Header
	lines  *bufio.Reader
	close  func() error
}

// Open reads the header. The error wraps ErrNoSnapshot when the file is none.
func Open(r io.Reader) (*Source, error) {
	zip, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoSnapshot, err)
	}
	s := &Source{lines: bufio.NewReaderSize(zip, 1<<16), close: zip.Close}
	first, err := s.line()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoSnapshot, err)
	}
	if err := json.Unmarshal(first, &s.Header); err != nil || s.Header.Format == "" {
		return nil, ErrNoSnapshot
	}
	if s.Header.Format != format {
		return nil, fmt.Errorf("the snapshot has the form %q, this version reads %q", s.Header.Format, format)
	}
	return s, nil
}

// Read emits the changes of the file. A file that ends early is an error: what is
// missing cannot be told.
func (s *Source) Read(ctx context.Context, emit func(snapshot.Change) error) error {
	defer s.close()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		text, err := s.line()
		if errors.Is(err, io.EOF) && len(text) == 0 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the snapshot is damaged: %w", err)
		}
		change, err := decode(text)
		if err != nil {
			return fmt.Errorf("the snapshot is damaged: %w", err)
		}
		if err := emit(change); err != nil {
			return err
		}
	}
}

// line reads one line, bounded.
func (s *Source) line() ([]byte, error) {
	var text []byte
	for {
		part, more, err := s.lines.ReadLine()
		text = append(text, part...)
		if err != nil || !more {
			return text, err
		}
		if len(text) > maxLineBytes {
			return nil, fmt.Errorf("a line is longer than %d bytes", maxLineBytes)
		}
	}
}

func decode(text []byte) (snapshot.Change, error) {
	var in line
	if err := json.Unmarshal(text, &in); err != nil {
		return snapshot.Change{}, err
	}
	if in.Put == nil {
		if in.Listed == nil && in.Gap == nil {
			return snapshot.Change{}, fmt.Errorf("a line holds no change")
		}
		return snapshot.Change{Listed: in.Listed, Gap: in.Gap}, nil
	}
	o := &snapshot.Object{Ref: in.Put.Ref, Implied: in.Put.Implied, Partial: in.Put.Partial, Secrets: in.Put.Secrets}
	if from := in.Put.Origin; from != nil {
		o.Origin = &snapshot.Origin{File: from.File, Line: from.Line, Editable: from.Editable, APIVersion: from.APIVersion, Lines: from.Lines, Unknown: from.Unknown}
	}
	o.Body = snapshot.JSON(in.Put.Body)
	if in.Put.Broken != "" {
		o.Body = snapshot.Undecodable{Reason: in.Put.Broken}
	}
	return snapshot.Change{Put: o}, nil
}
