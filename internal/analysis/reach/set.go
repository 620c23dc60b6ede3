package reach

import "math/bits"

// Set is a set of the workloads of a Matrix, by their positions.
type Set []uint64

func newSet(size int) Set { return make(Set, (size+63)/64) }

// Has reports whether a workload is in the set.
func (s Set) Has(i int) bool { return i/64 < len(s) && s[i/64]&(1<<(i%64)) != 0 }

func (s Set) add(i int) { s[i/64] |= 1 << (i % 64) }

// Count is the number of workloads in the set.
func (s Set) Count() int {
	count := 0
	for _, word := range s {
		count += bits.OnesCount64(word)
	}
	return count
}

// CountIn is the number of workloads in the set with positions from, ..., to-1.
func (s Set) CountIn(from, to int) int {
	count := 0
	for i := from; i < to; {
		if i%64 == 0 && i+64 <= to {
			count += bits.OnesCount64(s[i/64])
			i += 64
			continue
		}
		if s.Has(i) {
			count++
		}
		i++
	}
	return count
}
