package netpol

import (
	"slices"
	"strings"
)

// condition selects pods by what a network plugin sees of them: labels of the pod and
// of its namespace, and its service account. Conditions that are written alike have
// equal texts.
type condition struct {
	op   conditionOp
	of   []*condition // of all, any and not
	what property
	key  string
	test test
	// values are what test compares with.
	values []string
}

type conditionOp uint8

const (
	every      conditionOp = iota // selects all
	nothing                       // selects none
	unknowable                    // may select any
	allOf
	anyOf
	not
	has // the property passes the test
)

// property is what a condition looks at.
type property uint8

const (
	podLabel property = iota
	namespaceLabel
	namespaceName
	account
	orchestrator // of endpoints of Calico: of pods it is "k8s"
)

// test is a comparison. A property that is not there passes none.
type test uint8

const (
	exists test = iota
	oneOf
	contain
	startsWith
	endsWith
)

func (c *condition) negated() *condition {
	if c.op == not {
		return c.of[0]
	}
	return &condition{op: not, of: []*condition{c}}
}

// both is the condition that all hold. Those that are nil do.
func both(conditions ...*condition) *condition {
	conditions = slices.DeleteFunc(conditions, func(c *condition) bool { return c == nil || c.op == every })
	switch len(conditions) {
	case 0:
		return &condition{op: every}
	case 1:
		return conditions[0]
	default:
		return &condition{op: allOf, of: conditions}
	}
}

// String renders the condition for people.
func (c *condition) String() string {
	switch c.op {
	case every:
		return "all()"
	case nothing:
		return "none()"
	case unknowable:
		return "unknown(" + c.key + ")"
	case not:
		return "!" + c.of[0].String()
	case allOf, anyOf:
		operator := " && "
		if c.op == anyOf {
			operator = " || "
		}
		texts := make([]string, len(c.of))
		for i := range c.of {
			texts[i] = c.of[i].String()
		}
		return "(" + strings.Join(texts, operator) + ")"
	default:
		return c.text()
	}
}

func (c *condition) text() string {
	name := c.key
	switch c.what {
	case namespaceLabel:
		name = "namespace label " + c.key
	case namespaceName:
		name = "namespace"
	case account:
		name = "service account"
	}
	values := "{'" + strings.Join(c.values, "', '") + "'}"
	switch c.test {
	case exists:
		return "has(" + name + ")"
	case oneOf:
		return name + " in " + values
	case contain:
		return name + " contains " + values
	case startsWith:
		return name + " starts with " + values
	default:
		return name + " ends with " + values
	}
}

// use says which labels the condition looks at.
func (c *condition) use(u *usage) {
	for _, part := range c.of {
		part.use(u)
	}
	if c.op == has {
		switch c.what {
		case podLabel:
			u.labels[c.key] = true
		case account:
			u.accounts = true
		}
	}
}

// passes decides for a value that is there.
func (c *condition) passes(value string) bool {
	switch c.test {
	case exists:
		return true
	case oneOf:
		return slices.Contains(c.values, value)
	case contain:
		return strings.Contains(value, c.values[0])
	case startsWith:
		return strings.HasPrefix(value, c.values[0])
	default:
		return strings.HasSuffix(value, c.values[0])
	}
}

// among finds the ends that the condition selects.
func (c *condition) among(x *selections) selection {
	all := span(0, x.index.count)
	switch c.op {
	case every:
		return selection{yes: all}
	case nothing:
		return selection{}
	case unknowable:
		return selection{maybe: all}
	case not:
		s := c.of[0].among(x)
		return s.complement(all)
	case allOf:
		found := selection{yes: all}
		for _, part := range c.of {
			found = found.and(part.among(x))
		}
		return found
	case anyOf:
		var found selection
		for _, part := range c.of {
			found = found.or(part.among(x))
		}
		return found
	default:
		return c.withProperty(x)
	}
}

func (c *condition) withProperty(x *selections) selection {
	var found selection
	switch c.what {
	case podLabel:
		for value, ends := range x.index.values[c.key] {
			if c.passes(value) {
				found.yes.union(ends)
			}
		}
		found.maybe.union(x.index.gain[c.key])
	case account:
		for name, ends := range x.index.account {
			if c.passes(name) {
				found.yes.union(ends)
			}
		}
	case orchestrator:
		if c.passes("k8s") {
			found.yes = span(0, x.index.count)
		}
	default:
		for i := range x.namespaces {
			ns := &x.namespaces[i]
			value, present := ns.labels[c.key]
			if c.what == namespaceName {
				value, present = ns.name, true
			}
			switch {
			case present && c.passes(value):
				found.yes.union(span(ns.from, ns.to))
			case !present && ns.unknown:
				found.maybe.union(span(ns.from, ns.to))
			}
		}
	}
	return found
}

// labelled is what carries labels without being a pod: a network set.
type labelled struct {
	labels    map[string]string
	unknown   bool       // it may have others
	namespace *namespace // nil: it is in none
}

// selects decides for one that is no pod, in the two senses of a selection.
func (c *condition) selects(l *labelled) (yes, maybe bool) {
	switch c.op {
	case every:
		return true, false
	case nothing:
		return false, false
	case unknowable:
		return false, true
	case not:
		yes, maybe = c.of[0].selects(l)
		return !yes && !maybe, maybe
	case allOf, anyOf:
		return c.selectsAll(l)
	}
	value, present, unknown := "", false, false
	switch {
	case c.what == podLabel:
		value, present = l.labels[c.key]
		unknown = l.unknown
	case l.namespace == nil:
	case c.what == namespaceName:
		value, present = l.namespace.name, true
	case c.what == namespaceLabel:
		value, present = l.namespace.labels[c.key]
		unknown = l.namespace.unknown
	}
	return present && c.passes(value), !present && unknown
}

func (c *condition) selectsAll(l *labelled) (yes, maybe bool) {
	every, some, can := true, false, true
	anyMaybe := false
	for _, part := range c.of {
		y, m := part.selects(l)
		every, some, can, anyMaybe = every && y, some || y, can && (y || m), anyMaybe || m
	}
	if c.op == allOf {
		return every, can && !every
	}
	return some, anyMaybe && !some
}

// and is what both select. It shares nothing with them.
func (s *selection) and(t selection) selection {
	either, other := s.yes.clone(), t.yes.clone()
	either.union(s.maybe)
	other.union(t.maybe)
	found := selection{yes: s.yes.and(t.yes), maybe: either.and(other)}
	found.maybe.subtract(found.yes)
	return found
}

// or is what one of both selects.
func (s *selection) or(t selection) selection {
	found := selection{yes: s.yes.clone(), maybe: s.maybe.clone()}
	found.yes.union(t.yes)
	found.maybe.union(t.maybe)
	found.maybe.subtract(found.yes)
	return found
}

// complement is what is selected of all others.
func (s *selection) complement(all set) selection {
	rest := all.minus(s.yes)
	rest.subtract(s.maybe)
	return selection{yes: rest, maybe: s.maybe.clone()}
}
