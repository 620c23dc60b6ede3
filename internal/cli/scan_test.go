package cli

import (
	"context"
	"errors"
	"testing"
	"time"
)

// Judging does not look at a context: an interrupt ends the program nevertheless.
func TestUntilDone(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	never := make(chan struct{})
	defer close(never)
	if err := untilDone(ctx, func() error { <-never; return nil }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	failed := errors.New("failed")
	if err := untilDone(t.Context(), func() error { return failed }); !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
}
