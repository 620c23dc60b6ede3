package cli

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// smallestHeapBytes is the heap up to which garbage is not worth collecting: most
// scans end below it.
const smallestHeapBytes = 150 << 20

// tuneMemory makes the collector wait for smallestHeapBytes, and above that for 1.5
// times what is live, so that 10,000 manifests stay under 300 MB. GOGC knows only proportions, so the proportion is set anew after each
// collection. What the user set in GOGC or GOMEMLIMIT is left alone.
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
	debug.SetGCPercent(int(max(smallestHeapBytes*100/live, 150) - 100))
}
