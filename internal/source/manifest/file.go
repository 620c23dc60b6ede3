package manifest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"syscall"
	"time"
)

// errTooLarge is the reason for not reading a file that exceeds the limit.
func errTooLarge(limit int64) error {
	size := fmt.Sprintf("%d MiB", limit>>20)
	if limit < 1<<20 {
		size = fmt.Sprintf("%d bytes", limit)
	}
	return fmt.Errorf("the file is larger than %s, the limit: split it", size)
}

// readRegular reads a file that was found rather than named: it refuses everything
// that is no regular file.
func readRegular(ctx context.Context, path string, limit int64) ([]byte, error) {
	return readKind(ctx, path, limit, 0)
}

// readFile reads a file of at most limit bytes. It never waits for something that
// is no file: a pipe that nobody writes to is empty, and a device is refused. A
// pipe that somebody writes to, such as a shell's <(...), is read to its end or
// until ctx is done.
func readFile(ctx context.Context, path string, limit int64) ([]byte, error) {
	return readKind(ctx, path, limit, fs.ModeNamedPipe)
}

// readKind is readFile for what is a regular file, or of another kind that is allowed.
func readKind(ctx context.Context, path string, limit int64, allowed fs.FileMode) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, reason(err)
	}
	if !info.Mode().IsRegular() && info.Mode()&allowed == 0 {
		return nil, fmt.Errorf("is %s, not a file", describe(info.Mode()))
	}
	// The path may have become something else since: hence no blocking open.
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, reason(err)
	}
	defer file.Close()
	if info, err = file.Stat(); err != nil {
		return nil, reason(err)
	}
	if info.Size() > limit {
		return nil, errTooLarge(limit)
	}
	stop := context.AfterFunc(ctx, func() {
		// Only pipes heed it; what a regular file holds is there.
		_ = file.SetReadDeadline(time.Unix(1, 0))
	})
	defer stop()
	return readAll(ctx, file, info.Size(), limit)
}

// readAll reads at most limit bytes. size is a hint; when it is right, the data
// takes no more memory than its length, which matters because documents are kept.
// It gives up when ctx is done, if the reader gives it the chance.
func readAll(ctx context.Context, from io.Reader, size, limit int64) ([]byte, error) {
	from = io.LimitReader(from, limit+1)
	data := make([]byte, 0, min(size, limit)+1)
	for {
		n, err := from.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case int64(len(data)) > limit:
			return nil, errTooLarge(limit)
		case err == io.EOF:
			return data, nil
		case err != nil:
			return nil, cmp.Or(ctx.Err(), reason(err))
		case len(data) == cap(data):
			data = slices.Grow(data, max(512, len(data)))
		}
	}
}

// readStream reads what may keep it waiting, such as a terminal. When ctx is done
// it does not wait any longer: the reader is then left to itself, since nothing
// makes it return before its input does.
func readStream(ctx context.Context, from io.Reader, limit int64) ([]byte, error) {
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		data, err := readAll(ctx, from, 0, limit)
		done <- result{data: data, err: err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case out := <-done:
		return out.data, out.err
	}
}

// reason is the part of a file error that is not the path, which the gap names.
func reason(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}

func describe(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	default:
		return "something special"
	}
}
