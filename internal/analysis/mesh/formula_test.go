package mesh

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// asked is a request as conditions see it: a value of each field.
type asked map[string]string

// meets evaluates a formula.
func (f formula) meets(r asked) bool {
	return slices.ContainsFunc(f, func(b box) bool {
		return !slices.ContainsFunc(b, func(l limit) bool {
			has := slices.Contains(strings.Split(l.values, ", "), r[l.what])
			switch l.verb {
			case is:
				return !has
			case isNot:
				return has
			case noHTTP:
				return r["http"] == "yes"
			case "it is HTTP":
				return r["http"] != "yes"
			default:
				panic(l.verb)
			}
		})
	})
}

func (t truth) meets(r asked) bool {
	return t.value == always || t.value == sometimes && t.condition.meets(r)
}

// Whatever is joined and denied, a condition is met by the same requests.
func TestFormulasMeanWhatTheyAreMadeOf(t *testing.T) {
	var requests []asked
	for _, a := range []string{"1", "2", "3"} {
		for _, b := range []string{"1", "2", "3"} {
			for _, http := range []string{"yes", "no"} {
				requests = append(requests, asked{"a": a, "b": b, "http": http})
			}
		}
	}
	rapid.Check(t, func(c *rapid.T) {
		made, means := drawn(c, 3)
		for _, r := range requests {
			if made.meets(r) != means(r) {
				t.Fatalf("%v: %q is %v", r, made.condition, made.meets(r))
			}
		}
	})
}

// drawn is a random truth, and what it means.
func drawn(c *rapid.T, depth int) (truth, func(asked) bool) {
	switch kind := rapid.IntRange(0, 6).Draw(c, "kind"); {
	case depth == 0 || kind < 2:
		field, verb := rapid.SampledFrom([]string{"a", "b"}).Draw(c, "field"), rapid.SampledFrom([]string{is, isNot}).Draw(c, "verb")
		values := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"1", "2", "3"}), 1, 3, rapid.ID).Draw(c, "values")
		return whenField(field, verb, values), func(r asked) bool { return slices.Contains(values, r[field]) == (verb == is) }
	case kind == 2:
		return when(noHTTP), func(r asked) bool { return r["http"] != "yes" }
	case kind == 3:
		of, means := drawn(c, depth-1)
		return not(of), func(r asked) bool { return !means(r) }
	default:
		left, meansLeft := drawn(c, depth-1)
		right, meansRight := drawn(c, depth-1)
		if kind%2 == 0 {
			return every(left, right), func(r asked) bool { return meansLeft(r) && meansRight(r) }
		}
		return some(left, right), func(r asked) bool { return meansLeft(r) || meansRight(r) }
	}
}

// However policies write it, a condition has one form.
func TestFormulasHaveOneForm(t *testing.T) {
	method, path := func(values ...string) truth { return whenField("the method", is, values) }, func(values ...string) truth { return whenField("the path", is, values) }
	for _, test := range []struct {
		want    string
		written []truth
	}{
		{"the method is GET, POST", []truth{method("GET", "POST"), method("POST", "GET"), some(method("GET"), method("POST")), some(method("POST"), method("GET", "POST"))}},
		{"the method is GET and the path is /a, /b", []truth{every(method("GET"), path("/b", "/a")), some(every(path("/a"), method("GET")), every(method("GET"), path("/b")))}},
		{"the method is GET", []truth{method("GET"), some(method("GET"), every(method("GET"), path("/a"))), not(not(method("GET")))}},
		{"the method is not GET, POST", []truth{not(method("GET", "POST")), every(not(method("POST")), not(method("GET")))}},
		{"the method is GET or the path is /a", []truth{some(method("GET"), path("/a")), not(every(not(path("/a")), not(method("GET"))))}},
		{"it is HTTP and the method is not GET", []truth{not(some(method("GET"), when(noHTTP)))}},
		{"not (the extension provider opa allows it)", []truth{not(when("the extension provider opa allows it")), not(not(not(when("the extension provider opa allows it"))))}},
	} {
		for i, written := range test.written {
			if got := written.condition.String(); got != test.want {
				t.Errorf("%d: %q, want %q", i, got, test.want)
			}
		}
	}
}

// What would multiply out beyond reason stays one condition in words.
func TestFormulasStayShort(t *testing.T) {
	all := truthOf(true)
	for i := range 40 {
		all = every(all, some(whenField(fmt.Sprint("a", i), is, []string{"1"}), whenField(fmt.Sprint("b", i), is, []string{"1"})))
	}
	if len(all.condition) > mostBoxes {
		t.Errorf("%d boxes", len(all.condition))
	}
}
