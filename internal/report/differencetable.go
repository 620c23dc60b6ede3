package report

import (
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/analysis/reach"
)

// DifferenceTable shows people how two networks differ: each row is one difference of
// ports, for all peers that it is the same for.
func DifferenceTable(before, after *reach.Network, list []reach.Difference) AnswerTable {
	t := differenceTable{rows: map[differenceKey]*differenceRow{}, places: map[string]int{}}
	t.name(before, after)
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n].Src == list[0].Src && list[n].Dst == list[0].Dst && list[n].Change == list[0].Change {
			n++
		}
		t.pair(list[:n])
		list = list[n:]
	}
	return t.table()
}

// differenceTable gathers rows in the order in which they are met.
type differenceTable struct {
	names  *peerNames
	ends   []*netpol.End
	places map[string]int // by name: the ends of both networks are other ones
	keys   []differenceKey
	rows   map[differenceKey]*differenceRow
}

// differenceKey is what is the same for all peers of a row.
type differenceKey struct {
	change               reach.Change
	src, dst             string // of which one is "": the side that is gathered
	ports, before, after string
}

type differenceRow struct{ others reach.Group }

// name takes the workloads of both networks, by name.
func (t *differenceTable) name(before, after *reach.Network) {
	for _, n := range []*reach.Network{after, before} {
		for _, end := range n.Ends() {
			if _, known := t.places[end.String()]; !known {
				t.places[end.String()] = 0
				t.ends = append(t.ends, end)
			}
		}
	}
	slices.SortFunc(t.ends, (*netpol.End).Compare)
	for i, end := range t.ends {
		t.places[end.String()] = i
	}
	t.names = newPeerNames(t.ends)
}

// pair enters what differs between two peers, one row for each before and after.
func (t *differenceTable) pair(list []reach.Difference) {
	done := map[[2]reach.State]bool{}
	for i := range list {
		d := &list[i]
		states := [2]reach.State{d.Before, d.After}
		if done[states] {
			continue
		}
		done[states] = true
		var access reach.Access
		for _, other := range list {
			if other.Before == d.Before && other.After == d.After {
				access = append(access, reach.Ports{Protocol: other.Protocol, From: other.From, To: other.To, Verdict: reach.Allowed})
			}
		}
		t.enter(d, PortsText(access, reach.Allowed))
	}
}

func (t *differenceTable) enter(d *reach.Difference, ports string) {
	key := differenceKey{change: d.Change, ports: ports, before: stateText(d.Before, d.Change == reach.Appeared), after: stateText(d.After, d.Change == reach.Vanished)}
	other := d.Src
	if d.Dst.End == nil { // destinations outside are gathered, else sources
		key.src, other = t.one(d.Src), d.Dst
	} else {
		key.dst = t.one(d.Dst)
	}
	row := t.rows[key]
	if row == nil {
		row = &differenceRow{reach.Group{Ends: make(reach.Set, (len(t.ends)+63)/64)}}
		t.rows[key] = row
		t.keys = append(t.keys, key)
	}
	switch {
	case other.Ingress:
		row.others.Ingress = true
	case other.End != nil:
		at := t.places[other.String()]
		row.others.Ends[at/64] |= 1 << (at % 64)
	default:
		row.others.Ranges = append(row.others.Ranges, other.Range)
	}
}

func (t *differenceTable) one(p reach.Peer) string {
	if p.End == nil {
		return p.String()
	}
	return t.names.ends[t.places[p.String()]]
}

func stateText(s reach.State, absent bool) string {
	switch {
	case absent:
		return "absent"
	case s.Condition != "":
		return s.Verdict.String() + ": " + s.Condition
	default:
		return s.Verdict.String()
	}
}

// table joins rows that differ in the named peer only, and sorts by change.
func (t *differenceTable) table() AnswerTable {
	type shown struct {
		key  differenceKey
		name []string
	}
	var rows []*shown
	known := map[differenceKey]*shown{}
	for _, key := range t.keys {
		others := t.names.group(&t.rows[key].others, -1)
		joined, name := key, key.dst
		if key.src != "" {
			joined.src, joined.dst, name = "", others, key.src
		} else {
			joined.src, joined.dst = others, ""
		}
		row := known[joined]
		if row == nil {
			row = &shown{key: joined}
			known[joined] = row
			rows = append(rows, row)
		}
		row.name = append(row.name, name)
	}
	slices.SortStableFunc(rows, func(a, b *shown) int { return int(a.key.change) - int(b.key.change) })
	table := AnswerTable{Columns: []string{"change", "from", "to", "ports", "before", "after"}}
	for _, row := range rows {
		src, dst, names := row.key.src, row.key.dst, strings.Join(row.name, ", ")
		if src == "" {
			src = names
		} else {
			dst = names
		}
		table.Rows = append(table.Rows, Cells(row.key.change.String(), src, dst, row.key.ports, row.key.before, row.key.after))
	}
	return table
}
