package cli

import (
	"slices"
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
	Identity  string         `json:"identity,omitempty"` // of the client, as the server sees it
	Wire      []uint16       `json:"wire"`               // the TCP ports that network policies see
	Reasons   []mtlsReason   `json:"reasons"`
}

type mtlsReason struct {
	Text     string          `json:"text"`
	Evidence *model.Evidence `json:"evidence,omitempty"`
}

func itemOfMTLS(m *mesh.Mesh, group []*mesh.Workload, server *mesh.Workload, port uint16, verdict *mesh.Verdict) mtlsItem {
	item := mtlsItem{
		Src: []string{outsideMesh}, Dst: server.Object.ID.String(), Protocol: "TCP", Port: port, Plane: server.Plane,
		Transport: verdict.Transport, Verdict: verdict.Access, Condition: verdict.Condition, Ways: make([]mtlsWay, len(verdict.Ways)),
	}
	if len(group) > 0 {
		item.Src = item.Src[:0]
		for _, w := range group {
			item.Src = append(item.Src, w.Object.ID.String())
		}
		slices.Sort(item.Src)
		item.Src = slices.Compact(item.Src) // one may stand in several files
	}
	if server.Plane == mesh.Sidecarred || server.Plane == mesh.Ambient {
		mode, _ := m.Mode(server, port)
		item.Mode = mode.String()
	}
	for i := range verdict.Ways {
		item.Ways[i] = itemOfWay(&verdict.Ways[i])
	}
	return item
}

func itemOfWay(w *mesh.Way) mtlsWay {
	way := mtlsWay{
		Service: refOf(w.Service), Waypoint: refOf(w.Waypoint), Transport: w.Transport, Verdict: w.Access, Condition: w.Condition,
		Identity: w.Identity, Wire: []uint16{}, Reasons: []mtlsReason{},
	}
	for _, hop := range w.Hops {
		way.Wire = append(way.Wire, hop.Port)
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
