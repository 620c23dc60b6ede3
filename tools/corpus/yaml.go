package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
)

// A document is built as an ordered tree and written by hand, because what a
// team commits has comments, an order of keys and a quoting style of its own,
// which no marshaller produces.
type (
	// mapping keeps the order in which its keys were given.
	mapping []field
	// seq is a block sequence of mappings or scalars.
	seq []any
	// flow is a sequence of strings on one line: ["sh", "-c"].
	flow []string
	// block is written as a literal scalar.
	block string
	// raw is written as it stands.
	raw string
)

type field struct {
	key   string
	value any
	note  string // comment line above the key
	tail  string // comment after a scalar
}

type noted struct {
	value      any
	note, tail string
}

// above puts a comment line above the key that holds v.
func above(text string, v any) any { return noted{value: v, note: text} }

// beside puts a comment after the scalar v.
func beside(text string, v any) any { return noted{value: v, tail: text} }

// m builds a mapping of alternating keys and values. Values that are nil or
// empty are left out, so that optional parts need no branch; an explicit empty
// value is written with raw.
func m(pairs ...any) mapping {
	var out mapping
	for i := 0; i+1 < len(pairs); i += 2 {
		out.add(pairs[i].(string), pairs[i+1])
	}
	return out
}

func (t *mapping) add(key string, v any) {
	f := field{key: key, value: v}
	if n, ok := v.(noted); ok {
		f = field{key: key, value: n.value, note: n.note, tail: n.tail}
	}
	if !empty(f.value) {
		*t = append(*t, f)
	}
}

// set replaces the value of key, or appends it.
func (t *mapping) set(key string, v any) {
	one := m(key, v)
	for i := range *t {
		if (*t)[i].key == key && len(one) > 0 {
			(*t)[i] = one[0]
			return
		}
	}
	*t = append(*t, one...)
}

// drop removes key.
func (t *mapping) drop(key string) {
	for i := range *t {
		if (*t)[i].key == key {
			*t = append((*t)[:i:i], (*t)[i+1:]...)
			return
		}
	}
}

func (t mapping) get(key string) any {
	for _, f := range t {
		if f.key == key {
			return f.value
		}
	}
	return nil
}

func (t mapping) clone() mapping { return append(mapping(nil), t...) }

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case mapping:
		return len(v) == 0
	case seq:
		return len(v) == 0
	case flow:
		return len(v) == 0
	case block:
		return v == ""
	case raw:
		return v == ""
	}
	return false
}

// page writes one document in one author's style.
type page struct {
	bytes.Buffer
	deep   bool // sequences are indented below their key
	single bool // quotes are single where they can be
}

// render writes doc in a style drawn from r.
func render(r *rand.Rand, heading string, doc mapping) []byte {
	p := &page{deep: chance(r, 0.3), single: chance(r, 0.3)}
	if heading != "" {
		for line := range strings.SplitSeq(heading, "\n") {
			p.WriteString("# " + line + "\n")
		}
	}
	p.mapping(doc, 0)
	return p.Bytes()
}

func (p *page) pad(n int) { fmt.Fprintf(p, "%*s", n, "") }

func (p *page) comment(text string, indent int) {
	if text != "" {
		p.pad(indent)
		p.WriteString("# " + text + "\n")
	}
}

func (p *page) mapping(t mapping, indent int) {
	for _, f := range t {
		p.comment(f.note, indent)
		p.pad(indent)
		p.entry(f, indent)
	}
}

func (p *page) entry(f field, indent int) {
	p.WriteString(p.scalar(f.key) + ":")
	switch v := f.value.(type) {
	case mapping:
		p.WriteByte('\n')
		p.mapping(v, indent+2)
	case seq:
		p.WriteByte('\n')
		if p.deep {
			indent += 2
		}
		p.seq(v, indent)
	case block:
		p.block(string(v), indent+2)
	default:
		p.WriteString(" " + p.scalar(v))
		if f.tail != "" {
			p.WriteString("  # " + f.tail)
		}
		p.WriteByte('\n')
	}
}

func (p *page) seq(items seq, indent int) {
	for _, item := range items {
		t, ok := item.(mapping)
		if !ok {
			p.pad(indent)
			p.WriteString("- " + p.scalar(item) + "\n")
			continue
		}
		if len(t) == 0 {
			p.pad(indent)
			p.WriteString("- {}\n")
			continue
		}
		p.comment(t[0].note, indent)
		p.pad(indent)
		p.WriteString("- ")
		p.entry(t[0], indent+2)
		p.mapping(t[1:], indent+2)
	}
}

func (p *page) block(text string, indent int) {
	text, whole := strings.CutSuffix(text, "\n")
	if whole {
		p.WriteString(" |\n")
	} else {
		p.WriteString(" |-\n")
	}
	for line := range strings.SplitSeq(text, "\n") {
		if line != "" {
			p.pad(indent)
		}
		p.WriteString(line + "\n")
	}
}

func (p *page) scalar(v any) string {
	switch v := v.(type) {
	case string:
		if plain(v) {
			return v
		}
		if p.single && !strings.ContainsAny(v, "'\n\t") {
			return "'" + v + "'"
		}
		return quote(v)
	case flow:
		quoted := make([]string, len(v))
		for i, s := range v {
			quoted[i] = quote(s)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	}
	return fmt.Sprint(v)
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`).Replace(s) + `"`
}

// plain reports whether s reads as a string without quotes, by the rules of
// YAML 1.1, which Kubernetes follows: y, on and 1e3 are no strings there.
func plain(s string) bool {
	if s == "" || s != strings.TrimSpace(s) || strings.ContainsAny(s[:1], "-?:,[]{}#&*!|>'\"%@`~=<") {
		return false
	}
	if strings.Contains(s, ": ") || strings.Contains(s, " #") || strings.HasSuffix(s, ":") || strings.ContainsAny(s, "\n\t") {
		return false
	}
	switch strings.ToLower(s) {
	case "y", "yes", "n", "no", "on", "off", "true", "false", "null":
		return false
	}
	// Everything that may be a number, a sexagesimal or a date.
	return !strings.ContainsAny(s[:1], "0123456789+.") ||
		strings.Trim(s, "0123456789abcdefABCDEFxXoOinINTZ_.:+- ") != ""
}
