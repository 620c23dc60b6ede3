package exposure

import (
	"slices"

	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Verdict says whether something outside gets to a workload, or over one path. The
// zero value is Unknown.
type Verdict uint8

// The verdicts.
const (
	Unknown    Verdict = iota // not all that decides is known or understood
	Exposed                   // a path leads there, and policies let it through
	Undefined                 // whether policies let it through is left to the network plugin
	Denied                    // of a path: policies let nothing through
	NotExposed                // of a workload: no path leads there, and all that could open one is known
)

// String is the word used in reports.
func (v Verdict) String() string {
	names := [...]string{"unknown", "exposed", "undefined", "denied", "not-exposed"}
	return names[v]
}

// MarshalText implements encoding.TextMarshaler.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Entrance is a path with what policies and a mesh make of it.
type Entrance struct {
	*Path
	Passage Passage
	Mesh    *mesh.Verdict // joined with Passage; nil where no mesh has a say
	Verdict Verdict
}

// Enter judges a path.
func Enter(p *Path, policies *PolicyLayer, meshes *MeshLayer) Entrance {
	e := Entrance{Path: p, Passage: policies.Inbound(p)}
	e.Mesh = meshes.Inbound(p, &e.Passage)
	access := mesh.AccessOf(e.Passage.Verdict)
	if e.Mesh != nil {
		access = e.Mesh.Access
	}
	switch {
	case access == mesh.Denied:
		e.Verdict = Denied
	case p.Possible || access == mesh.AccessUnknown:
		e.Verdict = Unknown
	case access == mesh.Undefined:
		e.Verdict = Undefined
	default:
		e.Verdict = Exposed
	}
	return e
}

// Standing is how one workload stands to the outside.
type Standing struct {
	Workload  *workload.Workload
	Verdict   Verdict
	Entrances []Entrance
	// Of one that nothing is known to lead to: what could open a path and was not
	// supplied, and what was and could not be read or understood.
	NotSupplied []string
	Reasons     []string
}

// Standings says of each workload how it stands to the outside. A PodTemplate makes
// no pods by itself and is none.
func (m *Model) Standings(v *snapshot.View, policies *PolicyLayer, meshes *MeshLayer) []Standing {
	var list []Standing
	for _, w := range Workloads(v) {
		list = append(list, m.standing(w, policies, meshes))
	}
	return list
}

func (m *Model) standing(w *workload.Workload, policies *PolicyLayer, meshes *MeshLayer) Standing {
	s := Standing{Workload: w, Verdict: NotExposed}
	seen := map[Verdict]bool{}
	for _, i := range m.byWork[w.Object.ID] {
		e := Enter(&m.Paths[i], policies, meshes)
		s.Entrances = append(s.Entrances, e)
		seen[e.Verdict] = true
	}
	if seen[Exposed] {
		s.Verdict = Exposed
		return s
	}
	s.NotSupplied = m.always.unsupplied
	s.Reasons = slices.Concat(m.always.reasons, m.local[w.Object.Namespace])
	switch {
	case seen[Undefined]:
		s.Verdict = Undefined
	case seen[Unknown] || len(s.NotSupplied)+len(s.Reasons) > 0:
		s.Verdict = Unknown
	}
	return s
}

// Unread says which kinds that open paths, or that those lead to, were not all read; ""
// where they were, or where files just do not hold them.
func (m *Model) Unread() string { return m.always.unread }

// Strays are the paths to addresses that are no known pod's.
func (m *Model) Strays() []Entrance {
	var list []Entrance
	for i := range m.Paths {
		if p := &m.Paths[i]; p.Target.Workload == nil {
			list = append(list, Entrance{Path: p, Passage: Passage{Note: "no known pod has the address"}})
		}
	}
	return list
}

// Workloads are those that have a Standing, in its order: of several files' objects of
// one name the first.
func Workloads(v *snapshot.View) []*workload.Workload {
	list := slices.DeleteFunc(slices.Clone(workload.All(v)), func(w *workload.Workload) bool { return w.Object.Kind == "PodTemplate" })
	return slices.CompactFunc(list, func(a, b *workload.Workload) bool { return a.Object.ID == b.Object.ID })
}
