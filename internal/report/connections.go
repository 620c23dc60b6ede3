package report

import (
	"bufio"
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"

	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/analysis/reach"
	"holdfast.dev/holdfast/internal/model"
)

// ConnectionFormats lists the formats of a list of connections, the default first.
func ConnectionFormats() []Format { return []Format{Table, JSON, YAML, CSV, HTML, SVG, DOT} }

// ParseConnectionFormat is the format of that name. The error lists what there is.
func ParseConnectionFormat(name string) (Format, error) {
	return parseFormat(name, ConnectionFormats())
}

// Connections is a list of connections, which can be long: it is read while it is
// written, and never held.
type Connections struct {
	Target   string // what was read
	Filter   string // what the list is limited to, in words; "" for nothing
	Network  *reach.Network
	List     iter.Seq[*reach.Connection] // of Network, by source and destination
	BySource bool                        // how people see it: by source, else by destination
	Tool     Tool
	Gaps     []model.Gap
}

// WriteConnections renders the list in one of ConnectionFormats to w. It reports
// whether the list has connections of which it is not known whether they can be
// opened. A csv has no place for gaps: who asks for it tells them elsewhere.
func WriteConnections(w io.Writer, f Format, c Connections, opts Options) (unknown bool, err error) {
	if f == SVG || f == DOT {
		graph, unknown, err := c.graph()
		if err != nil {
			return false, err
		}
		return unknown, WriteGraph(w, f, graph)
	}
	list := c.List
	c.List = func(yield func(*reach.Connection) bool) {
		for connection := range list {
			unknown = unknown || connection.Verdict == reach.Unknown
			if !yield(connection) {
				return
			}
		}
	}
	out := bufio.NewWriterSize(w, 64<<10)
	switch f {
	case Table:
		writeConnectionTable(out, &c, opts)
	case JSON:
		err = writeConnectionDocument(out, &c, layoutJSON)
	case YAML:
		err = writeConnectionDocument(out, &c, layoutYAML)
	case CSV:
		err = writeConnectionCSV(out, &c)
	case HTML:
		err = writeMatrixPage(out, &c)
	default:
		_, err = ParseConnectionFormat(string(f))
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		return unknown, fmt.Errorf("report %s: %w", f, err)
	}
	return unknown, nil
}

// writeConnectionDocument renders the published machine-readable form:
// docs/reference/net-list.schema.json.
func writeConnectionDocument(w *bufio.Writer, c *Connections, l layout) error {
	e := newEncoder(w, l)
	e.object()
	e.str("apiVersion", "holdfast.dev/v1")
	e.str("kind", "NetList")
	e.key("items")
	e.list()
	if l == layoutYAML {
		for connection := range c.List {
			e.connection(connection)
		}
	} else {
		lines := connectionLines{names: map[reach.Peer][]byte{}}
		for connection := range c.List {
			e.item()
			e.scalar(lines.item(connection))
		}
	}
	e.end()
	e.key("gaps")
	e.list()
	for _, gap := range c.Gaps {
		e.gap(gap)
	}
	e.end()
	e.end()
	return e.err
}

func (e *encoder) connection(c *reach.Connection) {
	e.object()
	e.str("src", c.Src.String())
	e.str("dst", c.Dst.String())
	e.str("protocol", c.Protocol.String())
	e.num("from", int(c.From))
	e.num("to", int(c.To))
	e.str("verdict", c.Verdict.String())
	e.strIf("condition", c.Condition)
	e.end()
}

// connectionLines writes items as encoder.connection does, a million in a quarter of
// a second: the names of peers are escaped once.
type connectionLines struct {
	names    map[reach.Peer][]byte
	src, dst reach.Peer
	head     []byte // of an item: both names
	line     []byte
}

func (l *connectionLines) item(c *reach.Connection) []byte {
	if len(l.head) == 0 || c.Src != l.src || c.Dst != l.dst {
		l.src, l.dst = c.Src, c.Dst
		l.head = append(append(l.head[:0], `{"src":"`...), l.name(c.Src)...)
		l.head = append(append(l.head, `","dst":"`...), l.name(c.Dst)...)
		l.head = append(l.head, `","protocol":"`...)
	}
	l.line = append(append(l.line[:0], l.head...), c.Protocol.String()...)
	l.line = strconv.AppendUint(append(l.line, `","from":`...), uint64(c.From), 10)
	l.line = strconv.AppendUint(append(l.line, `,"to":`...), uint64(c.To), 10)
	l.line = append(append(l.line, `,"verdict":"`...), c.Verdict.String()...)
	if c.Condition != "" {
		l.line = appendEscaped(append(l.line, `","condition":"`...), c.Condition, layoutJSON, true)
	}
	return append(l.line, `"}`...)
}

func (l *connectionLines) name(p reach.Peer) []byte {
	name, ok := l.names[p]
	if !ok {
		name = appendEscaped(nil, p.String(), layoutJSON, true)
		l.names[p] = name
	}
	return name
}

func writeConnectionCSV(w *bufio.Writer, c *Connections) error {
	out := csv.NewWriter(w)
	err := out.Write([]string{"src", "dst", "protocol", "from", "to", "verdict", "condition"})
	names := map[reach.Peer]string{}
	name := func(p reach.Peer) string {
		text, ok := names[p]
		if !ok {
			text = csvField(p.String())
			names[p] = text
		}
		return text
	}
	line := make([]string, 7)
	for connection := range c.List {
		line[0], line[1], line[2] = name(connection.Src), name(connection.Dst), connection.Protocol.String()
		line[3], line[4] = strconv.Itoa(int(connection.From)), strconv.Itoa(int(connection.To))
		line[5], line[6] = connection.Verdict.String(), csvField(connection.Condition)
		if err = cmp.Or(err, out.Write(line)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// PortsText renders what is open in words: "all ports", "TCP 80, 443; UDP 53". Of an
// access with several verdicts only the ports with this one.
func PortsText(access reach.Access, verdict reach.Verdict) string {
	if all, ok := access.Everything(); ok && all == verdict {
		return "all ports"
	}
	text := ""
	for _, protocol := range netpol.Protocols() {
		first := true
		for _, p := range access {
			if p.Protocol != protocol || p.Verdict != verdict {
				continue
			}
			switch {
			case !first:
				text += ", "
			case text != "":
				text += "; "
			}
			if first {
				text += protocol.String() + " "
			}
			text += portRangeText(p.From, p.To)
			first = false
		}
	}
	return text
}

func portRangeText(from, to uint16) string {
	switch {
	case from <= 1 && to == reach.MostPorts:
		return "all ports"
	case from == to:
		return strconv.Itoa(int(from))
	default:
		return strconv.Itoa(int(from)) + "-" + strconv.Itoa(int(to))
	}
}

// conditionsOf are those of the ports with a verdict.
func conditionsOf(access reach.Access, verdict reach.Verdict) []string {
	var list []string
	for _, p := range access {
		if p.Verdict == verdict && p.Condition != "" && !slices.Contains(list, p.Condition) {
			list = append(list, p.Condition)
		}
	}
	return list
}
