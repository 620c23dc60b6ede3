package cli

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/analysis/exposure"
	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/report"
)

func joined(words []string) string { return strings.Join(words, "; ") }

func prefixText(prefixes []netip.Prefix) string {
	texts := make([]string, len(prefixes))
	for i, prefix := range prefixes {
		texts[i] = prefix.String()
	}
	return shortList(texts)
}

// targetPort is "8080/TCP", with the name where the path goes by it.
func targetPort(t *exposure.Target) string {
	switch {
	case t.Port == 0:
		return "any/" + string(t.Protocol)
	case t.Name != "":
		return fmt.Sprintf("%d/%s (%s)", t.Port, t.Protocol, t.Name)
	default:
		return fmt.Sprintf("%d/%s", t.Port, t.Protocol)
	}
}

// sourcesText says who can use a path, less what policies forbid.
func sourcesText(s *exposure.Sources, from []netpol.Range) string {
	text := s.Audience.String()
	if s.Audience == exposure.Listed {
		text = prefixText(s.Ranges)
	} else if len(s.Ranges) > 0 {
		text += " in " + prefixText(s.Ranges)
	}
	if len(s.Except) > 0 {
		text += " but " + prefixText(s.Except)
	}
	if len(from) > 0 {
		ranges := make([]string, len(from))
		for i := range from {
			ranges[i] = from[i].String()
		}
		text += "; policies let " + shortList(ranges) + " through"
	}
	return text
}

// doorText is where a path begins: the host and path of requests, or addresses, and
// the port.
func doorText(p *exposure.Path) string {
	port := "any port"
	if p.Port != 0 {
		port = strconv.Itoa(int(p.Port))
	} else if p.Way == exposure.NodePort || p.Way.Proxied() {
		port = "a port chosen later"
	}
	if p.Way.Proxied() {
		host := p.Host
		if host == "" {
			host = "*"
		}
		return host + ":" + port + p.URL
	}
	switch {
	case len(p.Addresses) > 0:
		return shortList(doors(p.Addresses, port))
	case p.Way == exposure.NodePort || p.Way == exposure.HostPort || p.Way == exposure.HostNetwork:
		return "nodes:" + port
	default:
		return "provider:" + port
	}
}

// doors are addresses with a port behind each; IPv6 ones stand in brackets (RFC 3986).
func doors(addresses []string, port string) []string {
	list := make([]string, len(addresses))
	for i, address := range addresses {
		if strings.Contains(address, ":") {
			address = "[" + address + "]"
		}
		list[i] = address + ":" + port
	}
	return list
}

func tlsText(t exposure.TLS) string {
	if plain := t.Plain.String(); plain != "" {
		return t.Mode.String() + ", plain HTTP " + plain
	}
	return t.Mode.String()
}

// policyText is the verdict of policies and which decide.
func policyText(p *exposure.Passage, deciders []netpol.Reason) string {
	text := p.Verdict.String()
	var names []string
	for i := range deciders {
		names = append(names, deciders[i].Policy.ID.String())
	}
	if len(names) > 0 {
		text += " by " + shortList(names)
	}
	if p.Note != "" {
		text += ": " + p.Note
	}
	return text
}

func deciderNotes(deciders []netpol.Reason) []string {
	var notes []string
	for i := range deciders {
		r := &deciders[i]
		notes = append(notes, fmt.Sprintf("%s %s: %s", r.Policy.ID, r.Effect, r.Text))
		notes = append(notes, evidenceNotes(r.Evidence)...)
	}
	return notes
}

// whereText is the file and line of the first evidence.
func whereText(evidence []model.Evidence) string {
	if len(evidence) == 0 {
		return ""
	}
	return fileLine(&evidence[0])
}

func fileLine(e *model.Evidence) string {
	if e.File == "" || e.Line == 0 {
		return e.File
	}
	return e.File + ":" + strconv.Itoa(e.Line)
}

func evidenceNotes(evidence []model.Evidence) []string {
	notes := make([]string, len(evidence))
	for i := range evidence {
		e := &evidence[i]
		notes[i] = fmt.Sprintf("%s %s: %s", e.Object.ID, e.Path, e.Value)
		if at := fileLine(e); at != "" {
			notes[i] += " (" + at + ")"
		}
	}
	return notes
}

// standingText says why nothing is known to lead to a workload.
func standingText(s *exposure.Standing) string {
	var parts []string
	if len(s.Entrances) > 0 {
		parts = append(parts, "no path is known to be open")
	} else {
		parts = append(parts, "no path was found")
	}
	parts = append(parts, s.Reasons...)
	if len(s.NotSupplied) > 0 {
		parts = append(parts, "kinds that could open one were not supplied")
	}
	return joined(parts)
}

// meshCell says what a mesh makes of a path, and in notes why; "" where none has a say.
func meshCell(v *mesh.Verdict) report.Cell {
	if v == nil {
		return report.Cell{}
	}
	text := v.Access.String()
	if remark := remarkOf(v); remark != "" {
		text += ": " + remark
	}
	return report.Cell{Text: text, Notes: notesOf(v)}
}
