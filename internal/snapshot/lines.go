package snapshot

import (
	"cmp"
	"slices"

	"holdfast.dev/holdfast/internal/model"
)

// Lines maps the fields of one document to their lines. It keeps a 64-bit hash
// of each path instead of the path: about 16 bytes a field, so that the line of
// any field is known without keeping or re-reading the syntax tree.
type Lines []FieldLine

// FieldLine is one field: the hash of its path and its 1-based line.
type FieldLine struct {
	Path PathHash
	Line int32
}

// PathHash identifies the path of a field within one document.
type PathHash uint64

// RootPath is the hash of the empty path.
const RootPath PathHash = 14695981039346656037

const fnvPrime = 1099511628211

// Child is the hash of a key below h (FNV-1a over a separator and the key).
func (h PathHash) Child(key string) PathHash {
	h = (h ^ '.') * fnvPrime
	for i := range len(key) {
		h = (h ^ PathHash(key[i])) * fnvPrime
	}
	return h
}

// Index is the hash of a list element below h.
func (h PathHash) Index(i int) PathHash {
	h = (h ^ '[') * fnvPrime
	return (h ^ PathHash(i+1)) * fnvPrime
}

// large is the number of fields from which on Lines are searched in order: a line
// of each of ten thousand containers would otherwise be looked for in all of them.
const large = 512

// Arrange orders large Lines for Find and Has. Whoever makes Lines calls it once.
func (l Lines) Arrange() {
	if len(l) >= large {
		slices.SortStableFunc(l, func(a, b FieldLine) int { return cmp.Compare(a.Path, b.Path) })
	}
}

// search finds the first entry of a path in large Lines.
func (l Lines) search(path PathHash) (FieldLine, bool) {
	i, found := slices.BinarySearchFunc(l, path, func(field FieldLine, path PathHash) int { return cmp.Compare(field.Path, path) })
	if !found {
		return FieldLine{}, false
	}
	return l[i], true
}

// Has reports whether the field itself is written.
func (l Lines) Has(path model.Path) bool {
	var buffer [usualDepth]PathHash
	hashes := hashes(path, buffer[:0])
	if len(l) >= large && len(hashes) > 0 {
		_, found := l.search(hashes[len(hashes)-1])
		return found
	}
	for _, field := range l {
		if len(hashes) > 0 && field.Path == hashes[len(hashes)-1] {
			return true
		}
	}
	return false
}

// usualDepth is more segments than most paths have.
const usualDepth = 16

// hashes appends to buffer the hash of a path and of each of its ancestors, the root
// first; nothing for a path that is none.
func hashes(path model.Path, buffer []PathHash) []PathHash {
	list := append(buffer, RootPath)
	err := path.Each(func(segment model.Segment) {
		last := list[len(list)-1]
		if segment.Index >= 0 {
			list = append(list, last.Index(segment.Index))
		} else {
			list = append(list, last.Child(segment.Key))
		}
	})
	if err != nil {
		return nil
	}
	return list
}

// Find returns the line of a path or of its nearest ancestor that is written,
// and 0 when not even the document is known.
func (l Lines) Find(path model.Path) int {
	var buffer [usualDepth]PathHash
	hashes := hashes(path, buffer[:0])
	if len(l) >= large {
		for _, hash := range slices.Backward(hashes) {
			if field, found := l.search(hash); found {
				return int(field.Line)
			}
		}
		return 0
	}
	best, line := -1, 0
	for _, field := range l {
		for depth := len(hashes) - 1; depth > best; depth-- {
			if field.Path == hashes[depth] {
				best, line = depth, int(field.Line)
			}
		}
	}
	return line
}
