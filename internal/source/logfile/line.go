package logfile

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// errLong is for a line that is longer than it may be. It was passed over.
var errLong = errors.New("line too long")

// lineReader reads lines up to a limit.
type lineReader struct {
	from     *bufio.Reader
	maxBytes int
	number   int // of the line read last, 1-based
	buffer   []byte
}

// next returns the next line without the white space around it, valid until the
// next call. A line that is too long gives errLong, and reading may go on.
func (r *lineReader) next() ([]byte, error) {
	r.buffer = r.buffer[:0]
	long := false
	for first := true; ; first = false {
		part, err := r.from.ReadSlice('\n')
		if first && len(part) == 0 && err != nil {
			return nil, err
		}
		if first {
			r.number++
		}
		if first && (err == nil || errors.Is(err, io.EOF)) {
			return bytes.TrimSpace(part), nil
		}
		long = long || len(r.buffer)+len(part) > r.maxBytes
		if !long {
			r.buffer = append(r.buffer, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && !errors.Is(err, io.EOF):
			return nil, err
		case long:
			return nil, errLong
		default:
			return bytes.TrimSpace(r.buffer), nil
		}
	}
}
