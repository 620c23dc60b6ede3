package mesh

import (
	"cmp"
	"slices"
	"strings"
)

// formula is what requests must fulfil: one of its boxes. It is kept in a form that
// does not depend on how policies write it: rules that are split or joined, and lists
// in another order, make the same one.
type formula []box

// box is limits of which every one holds, sorted.
type box []limit

// limit is "the method is GET, POST", or with a verb only a condition of its own.
type limit struct {
	what, verb string
	values     string // sorted, with ", " between
}

const (
	is, isNot     = "is", "is not"
	isIn, isNotIn = "is in", "is not in"
)

// opposites are the verbs and conditions that deny one another.
func opposites() map[string]string {
	return map[string]string{is: isNot, isNot: is, isIn: isNotIn, isNotIn: isIn, "it is HTTP": noHTTP, noHTTP: "it is HTTP"}
}

const noHTTP = "it is no HTTP"

// mostBoxes bounds how far conditions are multiplied out; what is longer is one
// condition in words.
const mostBoxes = 64

func (l limit) String() string {
	if l.what == "" {
		return l.verb
	}
	return l.what + " " + l.verb + " " + l.values
}

// rank puts what a request must be before what it must not.
func (l limit) rank() int {
	switch {
	case l.verb == isNot || l.verb == isNotIn || strings.HasPrefix(l.verb, "not ("):
		return 1
	case strings.HasPrefix(l.verb, "the extension provider "):
		return 2
	case l.verb == noHTTP:
		return 3
	default:
		return 0
	}
}

func (l limit) compare(other limit) int {
	return cmp.Or(cmp.Compare(l.rank(), other.rank()), strings.Compare(l.what, other.what), strings.Compare(l.verb, other.verb), strings.Compare(l.values, other.values))
}

func (b box) compare(other box) int { return slices.CompareFunc(b, other, limit.compare) }

// String is the condition in words.
func (f formula) String() string {
	texts := make([]string, len(f))
	for i, b := range f {
		words := make([]string, len(b))
		for j, l := range b {
			words[j] = l.String()
		}
		texts[i] = strings.Join(words, " and ")
		if len(f) > 1 && len(b) > 1 {
			texts[i] = "(" + texts[i] + ")"
		}
	}
	return strings.Join(texts, " or ")
}

// and is what meets both.
func (f formula) and(g formula) formula {
	if len(f)*len(g) > mostBoxes || f.long() || g.long() {
		f, g = f.inWords(), g.inWords()
	}
	var product formula
	for _, a := range f {
		for _, b := range g {
			product = append(product, a.and(b))
		}
	}
	return product.simple()
}

// inWords is a formula of one box: alternatives are one condition in words.
func (f formula) inWords() formula {
	if len(f) < 2 {
		return f
	}
	return formula{{limit{verb: "(" + f.String() + ")"}}}
}

// long reports whether alternatives were put into words. Multiplied out again, they
// would stand in every box.
func (f formula) long() bool {
	return slices.ContainsFunc(f, func(b box) bool {
		return slices.ContainsFunc(b, func(l limit) bool { return strings.HasPrefix(l.verb, "(") || strings.HasPrefix(l.verb, "not ((") })
	})
}

// and joins limits: values that a field must not have are one list.
func (b box) and(other box) box {
	joined := slices.Clone(b)
	for _, l := range other {
		at := slices.IndexFunc(joined, func(have limit) bool {
			return have == l || have.what == l.what && have.verb == l.verb && (l.verb == isNot || l.verb == isNotIn)
		})
		if at < 0 {
			joined = append(joined, l)
		} else {
			joined[at].values = union(joined[at].values, l.values)
		}
	}
	slices.SortFunc(joined, limit.compare)
	return joined
}

// or is what meets one of them.
func (f formula) or(g formula) formula {
	if len(f)+len(g) > mostBoxes {
		f, g = f.inWords(), g.inWords()
	}
	return slices.Concat(f, g).simple()
}

// not is what does not meet it.
func (f formula) not() formula {
	denied := formula{{}}
	for _, b := range f {
		var one formula
		for _, l := range b {
			one = append(one, box{l.not()})
		}
		denied = denied.and(one.simple())
	}
	return denied
}

func (l limit) not() limit {
	if opposite, ok := opposites()[l.verb]; ok {
		l.verb = opposite
		return l
	}
	if inner, ok := strings.CutPrefix(l.verb, "not ("); ok {
		return limit{verb: strings.TrimSuffix(inner, ")")}
	}
	return limit{verb: "not (" + l.verb + ")"}
}

// simple drops boxes that others hold, and joins those that differ in the values of one
// field, until nothing changes.
func (f formula) simple() formula {
	slices.SortFunc(f, box.compare)
	for i := 0; i < len(f); i++ {
		for j := 0; j < len(f); j++ {
			if i == j {
				continue
			}
			if joined, ok := f[i].join(f[j]); ok {
				f[i] = joined
				f = slices.Delete(f, j, j+1)
				i, j = 0, -1
			}
		}
	}
	slices.SortFunc(f, box.compare)
	return f
}

// join is one box for two, if there is one: the wider of them, or one that allows the
// values of both.
func (b box) join(other box) (box, bool) {
	if !slices.ContainsFunc(b, func(l limit) bool { return !slices.Contains(other, l) }) {
		return b, true
	}
	if len(b) != len(other) {
		return nil, false
	}
	differs := -1
	for i, l := range b {
		switch {
		case l == other[i]:
		case differs >= 0 || l.what != other[i].what || l.verb != other[i].verb || l.verb != is && l.verb != isIn:
			return nil, false
		default:
			differs = i
		}
	}
	joined := slices.Clone(b)
	joined[differs].values = union(b[differs].values, other[differs].values)
	return joined, true
}

// union joins two lists of values.
func union(a, b string) string {
	values := append(strings.Split(a, ", "), strings.Split(b, ", ")...)
	slices.Sort(values)
	return strings.Join(slices.Compact(values), ", ")
}
