package all

import (
	"slices"
	"testing"

	"holdfast.dev/holdfast/internal/attack/techniques"
	"holdfast.dev/holdfast/internal/check/checktest"
)

// What a scan of a running cluster reads must be what checks and techniques read.
func TestReadsAreGenerated(t *testing.T) {
	want, err := checktest.Reads(Checks(), techniques.All(), "..")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(Reads(), want) {
		t.Errorf("reads_gen.go is old: run go generate ./internal/check/all\nhave %v\nwant %v", Reads(), want)
	}
}
