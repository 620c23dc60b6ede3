package netpol

import (
	"encoding/binary"
	"math/bits"
)

// set is a set of small numbers: bits in words, of which those before and behind the
// first and last that matter are left out. Ends and classes lie by namespace, so what
// a selector of one namespace selects takes few words.
type set struct {
	offset int // number of words left out in front
	words  []uint64
}

// span is the set of the numbers from, ..., to-1.
func span(from, to int) set {
	if from >= to {
		return set{}
	}
	s := set{offset: from / 64, words: make([]uint64, (to-1)/64-from/64+1)}
	for i := range s.words {
		s.words[i] = ^uint64(0)
	}
	s.words[0] &= ^uint64(0) << (from % 64)
	s.words[len(s.words)-1] &= ^uint64(0) >> (63 - (to-1)%64)
	return s
}

func (s *set) has(i int) bool {
	at := i/64 - s.offset
	return at >= 0 && at < len(s.words) && s.words[at]&(1<<(i%64)) != 0
}

func (s *set) add(i int) {
	s.cover(i/64, i/64+1)
	s.words[i/64-s.offset] |= 1 << (i % 64)
}

// cover makes room for the words from, ..., to-1.
func (s *set) cover(from, to int) {
	if len(s.words) == 0 {
		s.offset, s.words = from, make([]uint64, to-from)
		return
	}
	if from < s.offset {
		words := make([]uint64, s.offset-from+len(s.words), max(to, s.offset+len(s.words))-from)
		copy(words[s.offset-from:], s.words)
		s.offset, s.words = from, words
	}
	if more := to - s.offset - len(s.words); more > 0 {
		s.words = append(s.words, make([]uint64, more)...)
	}
}

func (s *set) empty() bool {
	for _, word := range s.words {
		if word != 0 {
			return false
		}
	}
	return true
}

func (s *set) count() int {
	count := 0
	for _, word := range s.words {
		count += bits.OnesCount64(word)
	}
	return count
}

// each calls f with every number in order, until f says false.
func (s *set) each(f func(int) bool) {
	for i, word := range s.words {
		for ; word != 0; word &= word - 1 {
			if !f((s.offset+i)*64 + bits.TrailingZeros64(word)) {
				return
			}
		}
	}
}

// union adds what t holds.
func (s *set) union(t set) {
	if len(t.words) == 0 {
		return
	}
	s.cover(t.offset, t.offset+len(t.words))
	words := s.words[t.offset-s.offset:]
	for i, word := range t.words {
		words[i] |= word
	}
}

// subtract takes away what t holds.
func (s *set) subtract(t set) {
	from, to := max(s.offset, t.offset), min(s.offset+len(s.words), t.offset+len(t.words))
	for i := from; i < to; i++ {
		s.words[i-s.offset] &^= t.words[i-t.offset]
	}
}

// and returns what both hold, in as few words as it takes.
func (s *set) and(t set) set {
	from, to := max(s.offset, t.offset), min(s.offset+len(s.words), t.offset+len(t.words))
	for from < to && s.words[from-s.offset]&t.words[from-t.offset] == 0 {
		from++
	}
	for from < to && s.words[to-1-s.offset]&t.words[to-1-t.offset] == 0 {
		to--
	}
	if from >= to {
		return set{}
	}
	both := set{offset: from, words: make([]uint64, to-from)}
	for i := range both.words {
		both.words[i] = s.words[from+i-s.offset] & t.words[from+i-t.offset]
	}
	return both
}

// minus returns what s holds and t does not.
func (s *set) minus(t set) set {
	rest := s.clone()
	rest.subtract(t)
	return rest
}

func (s *set) clone() set {
	return set{offset: s.offset, words: append([]uint64(nil), s.words...)}
}

// key is equal for equal sets.
func (s *set) key() string {
	from, to := 0, len(s.words)
	for from < to && s.words[from] == 0 {
		from++
	}
	for from < to && s.words[to-1] == 0 {
		to--
	}
	if from == to {
		return ""
	}
	raw := make([]byte, 0, 8*(to-from+1))
	raw = binary.LittleEndian.AppendUint64(raw, uint64(s.offset+from))
	for _, word := range s.words[from:to] {
		raw = binary.LittleEndian.AppendUint64(raw, word)
	}
	return string(raw)
}
