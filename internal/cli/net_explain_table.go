package cli

import (
	"fmt"
	"slices"
	"strconv"

	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/analysis/reach"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/report"
)

// explanationItem is an explanation in documents.
type explanationItem struct {
	Src     string     `json:"src"`
	Dst     string     `json:"dst"`
	Ports   []portItem `json:"ports"`
	Verdict string     `json:"verdict"`
	// Of a conditional verdict: what a request must fulfil.
	Condition string       `json:"condition,omitempty"`
	Asked     askedItem    `json:"asked"`
	Sides     []sideItem   `json:"sides"`
	Mesh      *meshItem    `json:"mesh,omitempty"` // absent where no mesh has a say
	Remedies  []remedyItem `json:"remedies"`
}

type portItem struct {
	Protocol string `json:"protocol"`
	From     uint16 `json:"from"`
	To       uint16 `json:"to"`
}

// askedItem is the one connection that stands for all ports.
type askedItem struct {
	Protocol string `json:"protocol"`
	Port     uint16 `json:"port"`
}

// sideItem is what policies say at one end of a connection on the wire.
type sideItem struct {
	Direction string       `json:"direction"`
	Src       string       `json:"src"`
	Dst       string       `json:"dst"`
	Protocol  string       `json:"protocol"`
	Port      uint16       `json:"port"`
	Verdict   string       `json:"verdict"`
	Reasons   []reasonItem `json:"reasons"`
}

type reasonItem struct {
	Tier     string           `json:"tier"`
	Priority *int32           `json:"priority,omitempty"`
	Policy   *model.Ref       `json:"policy,omitempty"`
	Rule     *int             `json:"rule,omitempty"`
	Effect   string           `json:"effect"`
	Decides  bool             `json:"decides"`
	Text     string           `json:"text"`
	Evidence []model.Evidence `json:"evidence"`
}

type remedyItem struct {
	Layer  string     `json:"layer"`
	Object *model.Ref `json:"object,omitempty"` // absent: a new one
	Text   string     `json:"text"`
}

func itemsOfExplanations(found []reach.Explanation) []explanationItem {
	items := make([]explanationItem, len(found))
	for i := range found {
		x := &found[i]
		item := explanationItem{
			Src: x.Src.String(), Dst: x.Dst.String(), Ports: []portItem{}, Verdict: x.Verdict.String(), Condition: x.Condition,
			Asked: askedItem{x.Asked.Protocol.String(), x.Asked.Port}, Sides: []sideItem{}, Remedies: []remedyItem{},
		}
		for _, p := range x.Ports {
			item.Ports = append(item.Ports, portItem{p.Protocol.String(), p.From, p.To})
		}
		for j := range x.Sides {
			item.Sides = append(item.Sides, itemOfSide(&x.Sides[j]))
		}
		if x.Mesh != nil {
			item.Mesh = itemOfMesh(x.Mesh)
		}
		for j := range x.Remedies {
			r := &x.Remedies[j]
			item.Remedies = append(item.Remedies, remedyItem{Layer: r.Layer, Object: refOf(r.Object), Text: r.Text})
		}
		items[i] = item
	}
	return items
}

func itemOfSide(s *reach.Side) sideItem {
	item := sideItem{
		Direction: s.Direction.String(), Src: s.Src.String(), Dst: s.Dst.String(), Protocol: s.Port.Protocol.String(), Port: s.Port.Port,
		Verdict: s.Verdict.String(), Reasons: []reasonItem{},
	}
	for i := range s.Reasons {
		r := &s.Reasons[i]
		reason := reasonItem{Tier: r.Tier.String(), Effect: r.Effect.String(), Decides: r.Decides, Text: r.Text, Evidence: append([]model.Evidence{}, r.Evidence...)}
		if r.Policy != nil {
			reason.Policy = &r.Policy.Ref
			if r.Rule >= 0 {
				reason.Rule = &r.Rule
			}
			if prioritized(r) {
				reason.Priority = &r.Priority
			}
		}
		item.Reasons = append(item.Reasons, reason)
	}
	return item
}

// prioritized reports whether the policy of a reason has a priority.
func prioritized(r *netpol.Reason) bool {
	return r.Policy != nil && r.Policy.Kind != "BaselineAdminNetworkPolicy" && (r.Tier == netpol.AdminTier || r.Tier == netpol.BaselineTier)
}

// explanationTables are one table for each side, and one of what would change the
// verdict. Of several explanations each title says which one it belongs to.
func explanationTables(x *reach.Explanation, several bool) []report.AnswerTable {
	about := ""
	if several {
		about = portsOf(x) + ", "
		if x.Src.End == nil || x.Dst.End == nil {
			about = fmt.Sprintf("%s to %s, %s", x.Src, x.Dst, about)
		}
	}
	var tables []report.AnswerTable
	for i := range x.Sides {
		tables = append(tables, sideTable(x, &x.Sides[i], about))
	}
	if x.Mesh != nil {
		tables = append(tables, meshTable(x, about))
	}
	if len(x.Remedies) > 0 {
		table := report.AnswerTable{Title: about + remedyTitle(x), Columns: []string{"layer", "object", "change"}}
		for i := range x.Remedies {
			r := &x.Remedies[i]
			object := "a new one"
			if r.Object != nil {
				object = policyName(&r.Object.Ref)
			}
			table.Rows = append(table.Rows, report.Cells(r.Layer, object, r.Text))
		}
		tables = append(tables, table)
	}
	return tables
}

// sideTable is what policies say at one end. Where a tunnel carries what was asked
// about, its title names the connection on the wire.
func sideTable(x *reach.Explanation, s *reach.Side, about string) report.AnswerTable {
	subject := s.Src
	if s.Direction == netpol.Ingress {
		subject = s.Dst
	}
	wire := ""
	if s.Port.Port != x.Asked.Port || s.Src != x.Src || s.Dst != x.Dst {
		wire = fmt.Sprintf(", %s %d from %s to %s", s.Port.Protocol, s.Port.Port, s.Src, s.Dst)
	}
	table := report.AnswerTable{
		Title:   fmt.Sprintf("%s%s of %s%s: %s", about, s.Direction, subject, wire, s.Verdict),
		Columns: []string{"effect", "policy", "why", "where"},
	}
	for i := range s.Reasons {
		table.Rows = append(table.Rows, reasonRow(s.Direction, &s.Reasons[i]))
	}
	return table
}

// remedyTitle says whether one change is enough: what several layers deny takes one in
// each of them.
func remedyTitle(x *reach.Explanation) string {
	var layers []string
	for i := range x.Remedies {
		if !slices.Contains(layers, x.Remedies[i].Layer) {
			layers = append(layers, x.Remedies[i].Layer)
		}
	}
	title := "what would change the verdict"
	if x.Verdict == reach.Denied && len(layers) > 1 {
		title += ": each layer denies, so it takes a change in each"
	}
	return title
}

func reasonRow(d netpol.Direction, r *netpol.Reason) []report.Cell {
	effect := r.Effect.String()
	if r.Decides {
		effect = "* " + effect
	}
	policy := "no policy"
	if r.Tier == netpol.Beyond && len(r.Evidence) > 0 {
		policy = policyName(&r.Evidence[0].Object)
	}
	if r.Policy != nil {
		policy = policyName(&r.Policy.Ref)
		if prioritized(r) {
			policy += fmt.Sprintf(", %s tier, priority %d", r.Tier, r.Priority)
		}
		if rule := ruleText(d, r); rule != "" {
			policy += ", " + rule
		}
	}
	return append(report.Cells(effect, policy, r.Text), report.Cell{Text: placeOf(r.Evidence), Notes: reasonNotes(r.Evidence)})
}

// policyName is "NetworkPolicy shop/web".
func policyName(o *model.Ref) string {
	if o.Namespace == "" {
		return o.Kind + " " + o.Name
	}
	return o.Kind + " " + o.Namespace + "/" + o.Name
}

// ruleText is "ingress[0]".
func ruleText(d netpol.Direction, r *netpol.Reason) string {
	if r.Policy == nil || r.Rule < 0 {
		return ""
	}
	return d.String() + "[" + strconv.Itoa(r.Rule) + "]"
}

// placeOf is the file and line of the first evidence that has them.
func placeOf(evidence []model.Evidence) string {
	for i := range evidence {
		if e := &evidence[i]; e.File != "" && e.Line > 0 {
			return e.File + ":" + strconv.Itoa(e.Line)
		}
	}
	return ""
}

func reasonNotes(evidence []model.Evidence) []string {
	var notes []string
	for i := range evidence {
		e := &evidence[i]
		note := e.Object.ID.String()
		if e.Path != "" {
			note += " " + string(e.Path)
		}
		if e.Value != "" {
			note += " = " + e.Value
		}
		notes = append(notes, note)
	}
	return notes
}

// explanationRecords has one line for each reason.
func explanationRecords(found []reach.Explanation) *report.AnswerTable {
	records := &report.AnswerTable{Columns: []string{"src", "dst", "ports", "verdict", "direction", "tier", "policy kind", "policy namespace", "policy", "rule", "effect", "decides", "why", "where"}}
	for i := range found {
		x := &found[i]
		for j := range x.Sides {
			s := &x.Sides[j]
			for k := range s.Reasons {
				records.Rows = append(records.Rows, append(peersOf(x), reasonRecord(s, &s.Reasons[k])...))
			}
		}
		for _, row := range meshRecords(x) {
			records.Rows = append(records.Rows, append(peersOf(x), row...))
		}
	}
	return records
}

func peersOf(x *reach.Explanation) []report.Cell {
	return report.Cells(x.Src.String(), x.Dst.String(), portsOf(x), x.Verdict.String())
}

func reasonRecord(s *reach.Side, r *netpol.Reason) []report.Cell {
	var id model.ID
	rule := ""
	if r.Policy != nil {
		id = r.Policy.ID
		if r.Rule >= 0 {
			rule = strconv.Itoa(r.Rule)
		}
	}
	return report.Cells(s.Direction.String(), r.Tier.String(), id.Kind, id.Namespace, id.Name, rule, r.Effect.String(), strconv.FormatBool(r.Decides), r.Text, placeOf(r.Evidence))
}
