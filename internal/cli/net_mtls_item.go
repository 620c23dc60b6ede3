package cli

import (
	"strconv"

	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/report"
	"holdfast.dev/holdfast/internal/snapshot"
)

// outsideMesh stands for the clients that are in no mesh and no workload that is known.
const outsideMesh = "{outside}"

// mtlsItem is what becomes of the connections of clients that fare alike to one port,
// in documents.
type mtlsItem struct {
	Src       []string       `json:"src"` // ns/name[Kind], or {outside}
	As        []string       `json:"as"`  // the identities of src that the server sees
	Dst       string         `json:"dst"`
	Protocol  string         `json:"protocol"`
	Port      uint16         `json:"port"`
	Plane     mesh.Plane     `json:"plane"`          // of the server
	Mode      string         `json:"mode,omitempty"` // what an Istio server accepts
	Transport mesh.Transport `json:"transport"`
	Verdict   mesh.Access    `json:"verdict"`
	Condition string         `json:"condition,omitempty"`
	Ways      []mtlsWay      `json:"ways"`
}

// mtlsWay is one way to connect.
type mtlsWay struct {
	Service   *model.Ref     `json:"service,omitempty"`  // absent: to the address of a pod
	Waypoint  *model.Ref     `json:"waypoint,omitempty"` // that it passes
	Transport mesh.Transport `json:"transport"`
	Verdict   mesh.Access    `json:"verdict"`
	Condition string         `json:"condition,omitempty"`
	Known     bool           `json:"known"` // the server sees the identity of the client
	Wire      []uint16       `json:"wire"`  // the TCP ports that network policies see
	Reasons   []mtlsReason   `json:"reasons"`
}

type mtlsReason struct {
	Text     string          `json:"text"`
	Evidence *model.Evidence `json:"evidence,omitempty"`
}

func itemOfMTLS(m *mesh.Mesh, f *fare, server *mesh.Workload, port uint16) mtlsItem {
	item := mtlsItem{
		Src: f.clients, As: append([]string{}, f.identities...), Dst: server.Object.ID.String(), Protocol: "TCP", Port: port, Plane: server.Plane,
		Transport: f.verdict.Transport, Verdict: f.verdict.Access, Condition: f.verdict.Condition, Ways: make([]mtlsWay, len(f.verdict.Ways)),
	}
	if server.Plane == mesh.Sidecarred || server.Plane == mesh.Ambient {
		mode, _ := m.Mode(server, port)
		item.Mode = mode.String()
	}
	for i := range f.verdict.Ways {
		item.Ways[i] = itemOfWay(&f.verdict.Ways[i])
	}
	return item
}

func itemOfWay(w *mesh.Way) mtlsWay {
	way := mtlsWay{
		Service: refOf(w.Service), Waypoint: refOf(w.Waypoint), Transport: w.Transport, Verdict: w.Access, Condition: w.Condition,
		Known: w.Identity != "", Wire: []uint16{}, Reasons: []mtlsReason{},
	}
	for _, hop := range w.Hops {
		way.Wire = append(way.Wire, hop.Ports()...)
	}
	for i := range w.Reasons {
		reason := mtlsReason{Text: w.Reasons[i].Text}
		if evidence, ok := w.Reasons[i].Evidence(); ok {
			reason.Evidence = &evidence
		}
		way.Reasons = append(way.Reasons, reason)
	}
	return way
}

func refOf(object *snapshot.Object) *model.Ref {
	if object == nil {
		return nil
	}
	return &object.Ref
}

func recordsOfMTLS(item *mtlsItem) [][]report.Cell {
	records := make([][]report.Cell, len(item.Src))
	for i, src := range item.Src {
		records[i] = report.Cells(item.Dst, strconv.Itoa(int(item.Port)), item.Plane.String(), item.Mode, src, item.Transport.String(), item.Verdict.String(), item.Condition)
	}
	return records
}
