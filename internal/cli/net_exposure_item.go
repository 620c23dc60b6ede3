package cli

import (
	"net/netip"
	"strconv"

	"holdfast.dev/holdfast/internal/analysis/exposure"
	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/report"
)

// exposureItem is one path, workload without a path, door that leads nowhere, or way
// out, in documents.
type exposureItem struct {
	Direction string     `json:"direction"`
	Verdict   string     `json:"verdict"`
	Workload  *model.Ref `json:"workload,omitempty"`
	Address   string     `json:"address,omitempty"` // of what is no known pod
	// In: a path or a door.
	Way                   string       `json:"way,omitempty"`
	Entry                 *model.Ref   `json:"entry,omitempty"`
	Service               *model.Ref   `json:"service,omitempty"`
	Addresses             []string     `json:"addresses,omitempty"`
	Host                  string       `json:"host,omitempty"`
	URL                   string       `json:"url,omitempty"`
	Protocol              string       `json:"protocol,omitempty"`
	Port                  int32        `json:"port,omitempty"`
	TargetPort            int32        `json:"targetPort,omitempty"`
	TargetPortName        string       `json:"targetPortName,omitempty"`
	Sources               *sourcesItem `json:"sources,omitempty"`
	TLS                   *tlsItem     `json:"tls,omitempty"`
	ExternalTrafficPolicy string       `json:"externalTrafficPolicy,omitempty"`
	InternalTrafficPolicy string       `json:"internalTrafficPolicy,omitempty"`
	Proxies               []model.Ref  `json:"proxies,omitempty"`
	// Out.
	To string `json:"to,omitempty"`

	Policies    *passageItem     `json:"policies,omitempty"`
	Mesh        *meshItem        `json:"mesh,omitempty"` // absent where none has a say
	Possible    bool             `json:"possible,omitempty"`
	Conditions  []string         `json:"conditions,omitempty"`
	NotSupplied []string         `json:"notSupplied,omitempty"`
	Reasons     []string         `json:"reasons,omitempty"`
	Evidence    []model.Evidence `json:"evidence"`
}

type sourcesItem struct {
	Audience exposure.Audience `json:"audience"`
	Ranges   []netip.Prefix    `json:"ranges,omitempty"`
	Except   []netip.Prefix    `json:"except,omitempty"`
}

type tlsItem struct {
	Mode      exposure.TLSMode `json:"mode"`
	PlainHTTP string           `json:"plainHTTP,omitempty"`
}

// passageItem is what network policies make of a connection.
type passageItem struct {
	Verdict netpol.Verdict `json:"verdict"`
	From    []string       `json:"from,omitempty"`
	Note    string         `json:"note,omitempty"`
	Decides []deciderItem  `json:"decides"`
}

// deciderItem is a policy that decides.
type deciderItem struct {
	Policy   model.Ref        `json:"policy"`
	Tier     netpol.Tier      `json:"tier"`
	Rule     int              `json:"rule"` // -1: the policy as a whole
	Effect   netpol.Effect    `json:"effect"`
	Text     string           `json:"text"`
	Evidence []model.Evidence `json:"evidence"`
}

func itemOfPath(e *exposure.Entrance, deciders []netpol.Reason) exposureItem {
	item := exposureItem{
		Direction: "in", Verdict: e.Verdict.String(), Way: e.Way.String(), Entry: &e.Entry.Ref,
		Addresses: e.Addresses, Host: e.Host, URL: e.URL, Protocol: string(e.Protocol), Port: e.Port,
		TargetPort: e.Target.Port, TargetPortName: e.Target.Name,
		Sources:               &sourcesItem{Audience: e.Sources.Audience, Ranges: e.Sources.Ranges, Except: e.Sources.Except},
		TLS:                   &tlsItem{Mode: e.TLS.Mode, PlainHTTP: e.TLS.Plain.String()},
		ExternalTrafficPolicy: string(e.ExternalTrafficPolicy), InternalTrafficPolicy: string(e.InternalTrafficPolicy),
		Policies: itemOfPassage(&e.Passage, deciders), Possible: e.Possible, Conditions: e.Conditions, Evidence: e.Evidence,
	}
	if e.Target.Workload != nil {
		item.Workload = &e.Target.Workload.Object.Ref
	} else {
		item.Address = e.Target.Address.String()
	}
	if e.Service != nil {
		item.Service = &e.Service.Ref
	}
	if e.Mesh != nil {
		item.Mesh = itemOfMesh(e.Mesh)
	}
	for _, w := range e.Proxies {
		item.Proxies = append(item.Proxies, w.Object.Ref)
	}
	return item
}

func itemOfPassage(p *exposure.Passage, deciders []netpol.Reason) *passageItem {
	item := &passageItem{Verdict: p.Verdict, Note: p.Note, Decides: []deciderItem{}}
	for _, r := range p.From {
		item.From = append(item.From, r.String())
	}
	for i := range deciders {
		r := &deciders[i]
		item.Decides = append(item.Decides, deciderItem{
			Policy: r.Policy.Ref, Tier: r.Tier, Rule: r.Rule, Effect: r.Effect, Text: r.Text, Evidence: append([]model.Evidence{}, r.Evidence...),
		})
	}
	return item
}

func itemOfStanding(s *exposure.Standing) exposureItem {
	return exposureItem{
		Direction: "in", Verdict: s.Verdict.String(), Workload: &s.Workload.Object.Ref, NotSupplied: s.NotSupplied, Reasons: s.Reasons,
		Evidence: []model.Evidence{},
	}
}

func itemOfBroken(b *exposure.Broken) exposureItem {
	return exposureItem{
		Direction: "in", Verdict: "broken", Way: b.Way.String(), Entry: &b.Entry.Ref, Reasons: []string{b.Reason},
		Evidence: append([]model.Evidence{}, b.Evidence...),
	}
}

func itemOfGoal(w *workload.Workload, d *exposure.Destination, p *exposure.Passage, deciders []netpol.Reason) exposureItem {
	item := exposureItem{
		Direction: "out", Verdict: p.Verdict.String(), Workload: &w.Object.Ref, To: d.Goal.String(), Policies: itemOfPassage(p, deciders),
		Evidence: append([]model.Evidence{}, d.Evidence...),
	}
	if d.Note != "" {
		item.Conditions = []string{d.Note}
	}
	return item
}

func exposureColumns() []string {
	return []string{"direction", "verdict", "namespace", "kind", "workload", "address", "to", "way", "entry kind", "entry namespace", "entry", "service", "addresses", "host", "url",
		"protocol", "port", "target port", "audience", "ranges", "tls", "plain http", "external traffic policy", "internal traffic policy", "policies", "mesh", "mesh condition", "conditions", "reasons", "not supplied", "file", "line"}
}

// record is an item as a row of exposureColumns.
func (i *exposureItem) record() []report.Cell {
	var namespace, kind, name, entryKind, entryNamespace, entry, service, audience, ranges, tls, plain, policies, meshed, condition, file, line string
	if i.Workload != nil {
		namespace, kind, name = i.Workload.Namespace, i.Workload.Kind, i.Workload.Name
	}
	if i.Entry != nil {
		entryKind, entryNamespace, entry = i.Entry.Kind, i.Entry.Namespace, i.Entry.Name
	}
	if i.Service != nil {
		service = i.Service.Name
	}
	if i.Sources != nil {
		audience, ranges = i.Sources.Audience.String(), prefixText(i.Sources.Ranges)
	}
	if i.TLS != nil {
		tls, plain = i.TLS.Mode.String(), i.TLS.PlainHTTP
	}
	if i.Policies != nil {
		policies = i.Policies.Verdict.String()
	}
	if i.Mesh != nil {
		meshed, condition = i.Mesh.Verdict.String(), i.Mesh.Condition
	}
	if len(i.Evidence) > 0 {
		file, line = i.Evidence[0].File, numberOrNothing(i.Evidence[0].Line)
	}
	return report.Cells(i.Direction, i.Verdict, namespace, kind, name, i.Address, i.To, i.Way, entryKind, entryNamespace, entry, service, joined(i.Addresses), i.Host, i.URL,
		i.Protocol, numberOrNothing(int(i.Port)), numberOrNothing(int(i.TargetPort)), audience, ranges, tls, plain, i.ExternalTrafficPolicy, i.InternalTrafficPolicy,
		policies, meshed, condition, joined(i.Conditions), joined(i.Reasons), joined(i.NotSupplied), file, line)
}

func numberOrNothing(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
