package reach

import (
	"cmp"
	"slices"
	"strconv"

	"holdfast.dev/holdfast/internal/analysis/netpol"
)

// Ports is a range of ports of one protocol and what can be done with it.
type Ports struct {
	Protocol  netpol.Protocol
	From, To  uint16
	Verdict   Verdict
	Condition string
}

// Access is what one peer can open to another, by protocol and port. What is not
// listed is denied.
type Access []Ports

// MostPorts is the highest port.
const MostPorts = 65535

// Everything reports whether all ports of all protocols have one verdict without a
// condition, and which.
func (a Access) Everything() (Verdict, bool) {
	if len(a) != len(netpol.Protocols()) {
		return Unknown, false
	}
	for i, p := range a {
		if p.Protocol != netpol.Protocols()[i] || p.From > 1 || p.To != MostPorts || p.Verdict != a[0].Verdict || p.Condition != "" {
			return Unknown, false
		}
	}
	return a[0].Verdict, true
}

// Verdicts lists the verdicts that occur, the most open one first.
func (a Access) Verdicts() []Verdict {
	var list []Verdict
	for _, p := range a {
		if !slices.Contains(list, p.Verdict) {
			list = append(list, p.Verdict)
		}
	}
	slices.SortFunc(list, func(a, b Verdict) int { return cmp.Compare(b, a) })
	return list
}

// Compare orders accesses: what is there once comes before what is there more often.
func (a Access) Compare(b Access) int {
	return slices.CompareFunc(a, b, Ports.compare)
}

func (p Ports) compare(q Ports) int {
	return cmp.Or(cmp.Compare(p.Protocol, q.Protocol), cmp.Compare(p.From, q.From), cmp.Compare(p.To, q.To), cmp.Compare(q.Verdict, p.Verdict), cmp.Compare(p.Condition, q.Condition))
}

// accesses keeps each distinct Access once.
type accesses struct {
	list  []Access
	known map[string]int
	key   []byte
}

func (t *accesses) number(a Access) int {
	t.key = t.key[:0]
	for _, p := range a {
		t.key = append(t.key, byte(p.Protocol), byte(p.Verdict), byte(p.From>>8), byte(p.From), byte(p.To>>8), byte(p.To))
		t.key = strconv.AppendInt(t.key, int64(len(p.Condition)), 10)
		t.key = append(append(t.key, ':'), p.Condition...)
	}
	if id, ok := t.known[string(t.key)]; ok {
		return id
	}
	if t.known == nil {
		t.known = map[string]int{}
	}
	id := len(t.list)
	t.list = append(t.list, slices.Clone(a))
	t.known[string(t.key)] = id
	return id
}
