package cli

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// smallestHeapBytes is the heap up to which garbage is not worth collecting: most
// scans end below it. Up to largeHeapBytes of live data memory is kept tight, so that
// 10,000 manifests stay under 300 MB; above it the usual doubling costs less time.
const (
	smallestHeapBytes = 150 << 20
	largeHeapBytes    = 160 << 20
)

// tuneMemory makes the collector wait for smallestHeapBytes, and above that for a
// proportion of what is live. GOGC knows only one proportion, so it is set anew
// after each collection. What the user set in GOGC or GOMEMLIMIT is left alone.
func tuneMemory() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	adjustCollector()
	armCollector()
}

// armCollector runs adjustCollector after each collection: a finalizer of an
// object that nobody holds runs once per cycle.
func armCollector() {
	sentinel := &struct{ _ [16]byte }{}
	runtime.SetFinalizer(sentinel, func(*struct{ _ [16]byte }) {
		adjustCollector()
		armCollector()
	})
}

func adjustCollector() {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	live := max(sample[0].Value.Uint64(), 4<<20)
	growth := uint64(50)
	if live > largeHeapBytes {
		growth = 100
	}
	debug.SetGCPercent(int(max(smallestHeapBytes*100/live, 100+growth) - 100))
}
