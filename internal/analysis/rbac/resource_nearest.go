package rbac

import (
	"iter"
	"slices"
	"strings"
)

// suggestionsShown is how many names a message suggests.
const suggestionsShown = 3

// didYouMean is ": did you mean …?" with the names that are nearest to a word: at
// most a third of it mistyped. Names of the word itself in some group come first.
func didYouMean(word string, names iter.Seq[string]) string {
	var near []string
	least := max(1, len(word)/3) + 1
	for name := range names {
		distance := 0
		if plain, _, _ := strings.Cut(name, "."); plain != word {
			distance = editDistance(word, name)
		}
		switch {
		case distance < least:
			near, least = []string{name}, distance
		case distance == least && len(near) > 0 && !slices.Contains(near, name):
			near = append(near, name)
		}
	}
	if len(near) == 0 {
		return ""
	}
	return ": did you mean " + strings.Join(near[:min(len(near), suggestionsShown)], ", ") + "?"
}

// editDistance counts the bytes to insert, delete, replace or swap with their
// neighbour that make one word of the other (optimal string alignment).
func editDistance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
