// Package logfile reads the lines of logs, for the sources of events: of files,
// folders and standard input, compressed ones too. It knows no format. It streams:
// memory does not grow with the log.
package logfile

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"holdfast.dev/holdfast/internal/model"
)

// maxGaps is how many lines that cannot be read are told one by one.
const maxGaps = 100

// Options say what is read.
type Options struct {
	What         string    // what it is, for errors: "audit log"
	Paths        []string  // files, folders (their files, not those of folders within), - for Stdin
	Stdin        io.Reader // may be nil without - in Paths
	MaxLineBytes int       // of one line; longer ones are gaps
}

// Reader reads lines once.
type Reader struct {
	options Options
	gap     func(model.Gap)
	gaps    int
}

// New makes a reader that tells gap what cannot be read, with file and line.
func New(options Options, gap func(model.Gap)) *Reader { return &Reader{options: options, gap: gap} }

// Each hands on every line without the white space around it, in the order of the
// paths. The text is valid until the next one; numbers are 1-based. What cannot be
// read is told as a gap, and the rest is read on. It returns an error for paths that
// do not exist, when ctx ends, and what line returns.
func (r *Reader) Each(ctx context.Context, line func(file string, number int, text []byte) error) error {
	files, err := r.files()
	if err != nil {
		return fmt.Errorf("read %s: %w", r.options.What, err)
	}
	for _, file := range files {
		if err := r.file(ctx, file, line); err != nil {
			return err
		}
	}
	if r.gaps > maxGaps {
		r.gap(model.Gap{Reason: fmt.Sprintf("%d more lines could not be read", r.gaps-maxGaps)})
	}
	return nil
}

// Tell tells of a line that means nothing. The first hundred are told one by one, and
// the others counted at the end of Each.
func (r *Reader) Tell(file string, line int, reason string) {
	r.gaps++
	if r.gaps <= maxGaps {
		r.gap(model.Gap{Reason: reason, File: file, Line: line})
	}
}

// files are the paths with the files of folders, in the order of their names.
func (r *Reader) files() ([]string, error) {
	var files []string
	for _, path := range r.options.Paths {
		if path == "-" {
			files = append(files, path)
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			files = append(files, path)
			continue
		}
		within, err := filesOf(path)
		if err != nil {
			return nil, err
		}
		files = append(files, within...)
	}
	return files, nil
}

func filesOf(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, entry := range entries {
		name := filepath.Join(folder, entry.Name())
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
			files = append(files, name)
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s holds no files", folder)
	}
	return files, nil
}

func (r *Reader) file(ctx context.Context, name string, line func(string, int, []byte) error) error {
	if name == "-" {
		if r.options.Stdin == nil {
			return fmt.Errorf("read %s: there is no standard input", r.options.What)
		}
		return r.stream(ctx, name, r.options.Stdin, line)
	}
	file, err := os.Open(name)
	if err != nil {
		r.Tell(name, 0, fmt.Sprintf("could not be opened: %v", err))
		return nil
	}
	defer file.Close()
	return r.stream(ctx, name, file, line)
}

const bufferBytes = 256 << 10

func (r *Reader) stream(ctx context.Context, name string, from io.Reader, line func(string, int, []byte) error) error {
	buffered := bufio.NewReaderSize(from, bufferBytes)
	if head, _ := buffered.Peek(2); string(head) == "\x1f\x8b" {
		zip, err := gzip.NewReader(buffered)
		if err != nil {
			r.Tell(name, 0, fmt.Sprintf("could not be decompressed: %v", err))
			return nil
		}
		buffered = bufio.NewReaderSize(zip, bufferBytes)
	}
	lines := lineReader{from: buffered, maxBytes: r.options.MaxLineBytes}
	for {
		if lines.number%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		text, err := lines.next()
		switch {
		case err == nil:
			err = line(name, lines.number, text)
		case errors.Is(err, errLong):
			r.Tell(name, lines.number, "the line has more than "+size(r.options.MaxLineBytes))
			err = nil
		case errors.Is(err, io.EOF):
			return nil
		default:
			r.Tell(name, lines.number, fmt.Sprintf("could not be read to its end: %v", err))
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func size(bytes int) string {
	if bytes < 1<<20 {
		return fmt.Sprintf("%d KiB", bytes>>10)
	}
	return fmt.Sprintf("%d MiB", bytes>>20)
}
