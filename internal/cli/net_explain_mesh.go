package cli

import (
	"fmt"
	"slices"
	"strconv"

	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/reach"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/report"
)

// meshItem is what a mesh makes of a connection, joined with the policies, in documents.
type meshItem struct {
	Transport mesh.Transport `json:"transport"`
	Verdict   mesh.Access    `json:"verdict"`
	Condition string         `json:"condition,omitempty"`
	As        []string       `json:"as"` // the identities that the server sees
	Ways      []mtlsWay      `json:"ways"`
}

func itemOfMesh(v *mesh.Verdict) *meshItem {
	item := &meshItem{Transport: v.Transport, Verdict: v.Access, Condition: v.Condition, As: []string{}, Ways: []mtlsWay{}}
	for i := range v.Ways {
		item.Ways = append(item.Ways, itemOfWay(&v.Ways[i]))
		if as := v.Ways[i].Identity; as != "" && !slices.Contains(item.As, as) {
			item.As = append(item.As, as)
		}
	}
	return item
}

// meshTable has a row for each way to connect, and under it what decides there.
func meshTable(x *reach.Explanation, about string) report.AnswerTable {
	table := report.AnswerTable{
		Title:   fmt.Sprintf("%smesh at %s: %s, %s", about, x.Dst, x.Mesh.Access, x.Mesh.Transport),
		Columns: []string{"effect", "policy", "why", "where"},
	}
	for i := range x.Mesh.Ways {
		way := &x.Mesh.Ways[i]
		effect := way.Access.String()
		if way.Access == x.Mesh.Access {
			effect = "* " + effect
		}
		table.Rows = append(table.Rows, report.Cells(effect, "", wayText(way), ""))
		for j := range way.Reasons {
			r := &way.Reasons[j]
			policy, evidence := "no policy", []model.Evidence(nil)
			if found, ok := r.Evidence(); ok {
				policy, evidence = policyName(&found.Object), []model.Evidence{found}
			}
			table.Rows = append(table.Rows, append(report.Cells("", policy, r.Text), report.Cell{Text: placeOf(evidence), Notes: reasonNotes(evidence)}))
		}
	}
	return table
}

// wayText is "through Service db: mtls as cluster.local/ns/shop/sa/web, if the method is GET".
func wayText(w *mesh.Way) string {
	text := "to the address of a pod: "
	if w.Service != nil {
		text = "through Service " + w.Service.Name + ": "
	}
	text += w.Transport.String()
	if w.Identity != "" {
		text += " as " + w.Identity
	}
	if w.Condition != "" {
		text += ", if " + w.Condition
	}
	return text
}

// meshRecords has one line for each reason of each way, after the peers.
func meshRecords(x *reach.Explanation) [][]report.Cell {
	if x.Mesh == nil {
		return nil
	}
	var records [][]report.Cell
	for i := range x.Mesh.Ways {
		way := &x.Mesh.Ways[i]
		decides := strconv.FormatBool(way.Access == x.Mesh.Access)
		records = append(records, report.Cells("mesh", "mesh", "", "", "", "", way.Access.String(), decides, wayText(way), ""))
		for j := range way.Reasons {
			var of model.Evidence
			if found, ok := way.Reasons[j].Evidence(); ok {
				of = found
			}
			records = append(records, report.Cells("mesh", "mesh", of.Object.Kind, of.Object.Namespace, of.Object.Name, "", way.Access.String(), decides,
				way.Reasons[j].Text, placeOf([]model.Evidence{of})))
		}
	}
	return records
}
