package report

import (
	"bufio"
	"fmt"
	"strings"

	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/analysis/reach"
	"holdfast.dev/holdfast/internal/model"
)

// listWidth is that of lists of names where nobody says how wide lines may be.
const listWidth = 120

// writeConnectionTable shows people who reaches whom: each row is one answer for all
// peers that it is the same for.
func writeConnectionTable(w *bufio.Writer, c *Connections, opts Options) {
	if opts.Width == 0 {
		opts.Width = listWidth
	}
	matrix := c.Network.Matrix(c.List, c.BySource)
	answer := Answer{Reply: connectionReply(matrix), Outcome: model.NotApplicable, Legend: c.Filter, Gaps: c.Gaps}
	if countVerdict(matrix, reach.Unknown) > 0 {
		answer.Outcome = model.Unknown
	}
	answer.Tables = []AnswerTable{matrixTable(matrix)}
	writeAnswerTable(w, answer, opts)
}

// matrixTable has a row for each block of lines, group and verdict.
func matrixTable(m *reach.Matrix) AnswerTable {
	table := AnswerTable{Columns: []string{"to", "ports", "from", "verdict"}, Lists: true}
	if m.BySource {
		table.Columns = []string{"from", "ports", "to", "verdict"}
	}
	names, places := newPeerNames(m.Ends), map[*netpol.End]int{}
	for i, end := range m.Ends {
		places[end] = i
	}
	plain := true
	for _, block := range m.Blocks() {
		line, itself := names.peers(block.Peers, places), -1
		if end := block.Peers[0].End; end != nil && len(block.Peers) == 1 {
			itself = places[end]
		}
		for i := range block.Groups {
			g := &block.Groups[i]
			access := m.Accesses[g.Access]
			for _, verdict := range access.Verdicts() {
				plain = plain && verdict == reach.Allowed
				text := verdict.String()
				if conditions := conditionsOf(access, verdict); len(conditions) > 0 {
					text += ": " + strings.Join(conditions, "; ")
				}
				table.Rows = append(table.Rows, Cells(line, PortsText(access, verdict), names.group(g, itself), text))
			}
		}
	}
	if plain { // the reply says that all is allowed
		table.Columns = table.Columns[:3]
		for i := range table.Rows {
			table.Rows[i] = table.Rows[i][:3]
		}
	}
	return table
}

// connectionReply is the list in one line.
func connectionReply(m *reach.Matrix) string {
	pairs, inbound, outbound := 0, 0, newSetLike(m)
	for i := range m.Lines {
		line := &m.Lines[i]
		outside, seen := false, newSetLike(m)
		for j := range line.Groups {
			g := &line.Groups[j]
			outside = outside || len(g.Ranges) > 0 || g.Ingress
			for k, word := range g.Ends {
				seen[k] |= word
			}
		}
		switch inside := line.Peer.End != nil; {
		case inside:
			pairs += seen.Count()
			if outside {
				inbound++
			}
		default:
			for k, word := range seen {
				outbound[k] |= word
			}
		}
	}
	if len(m.Lines) == 0 {
		return "no connection is allowed between " + count(len(m.Ends), "workload") + ", to them or from them"
	}
	from, to := inbound, outbound.Count()
	if m.BySource {
		from, to = to, from
	}
	text := fmt.Sprintf("%s: %s of them can connect, %s can be reached from outside, %s can reach outside", count(len(m.Ends), "workload"), count(pairs, "pair"), number(from), number(to))
	var uncertain []string
	for _, verdict := range []reach.Verdict{reach.Conditional, reach.Undefined, reach.Unknown} {
		if n := countVerdict(m, verdict); n > 0 {
			uncertain = append(uncertain, fmt.Sprintf("%s %s", number(n), verdict))
		}
	}
	if len(uncertain) > 0 {
		text += "; " + strings.Join(uncertain, ", ")
	}
	return text
}

func newSetLike(m *reach.Matrix) reach.Set { return make(reach.Set, (len(m.Ends)+63)/64) }

// countVerdict counts the pairs of peers of which some ports have a verdict.
func countVerdict(m *reach.Matrix, verdict reach.Verdict) int {
	n := 0
	for i := range m.Lines {
		for j := range m.Lines[i].Groups {
			g := &m.Lines[i].Groups[j]
			for _, v := range m.Accesses[g.Access].Verdicts() {
				if v == verdict {
					n += g.Ends.Count() + len(g.Ranges) + ingressCount(g)
				}
			}
		}
	}
	return n
}

func ingressCount(g *reach.Group) int {
	if g.Ingress {
		return 1
	}
	return 0
}
