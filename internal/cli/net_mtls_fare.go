package cli

import (
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/snapshot"
)

// fare is how clients fare that are let through, or not, for the same reasons.
type fare struct {
	clients    []string // ns/name[Kind], or {outside}
	identities []string // that the server sees
	verdict    mesh.Verdict
}

// fares gathers how every client fares at a port: by group as far as the mesh goes,
// one by one where network policies have a say.
func (x *mtlsAnswer) fares(m *mesh.Mesh, groups [][]*mesh.Workload, server *mesh.Workload, port uint16) []*fare {
	var fares []*fare
	index := map[string]*fare{}
	add := func(client string, verdict *mesh.Verdict, key string) {
		f := index[key]
		if f == nil {
			f = &fare{verdict: *verdict}
			index[key] = f
			fares = append(fares, f)
		}
		f.clients = append(f.clients, client)
		for i := range verdict.Ways {
			if name := verdict.Ways[i].Identity; name != "" && !slices.Contains(f.identities[max(0, len(f.identities)-1):], name) {
				f.identities = append(f.identities, name)
			}
		}
	}
	for _, group := range groups {
		if len(group) == 0 {
			verdict := m.Verdict(nil, server, port)
			add(outsideMesh, &verdict, fareKey(&verdict))
			continue
		}
		verdict := m.Verdict(group[0], server, port)
		key := fareKey(&verdict)
		for _, client := range group {
			if verdict.Open(client, x.policies) {
				add(x.names[client], &verdict, key)
				continue
			}
			joined := mesh.Join(verdict.From(client), x.policies)
			add(x.names[client], &joined, fareKey(&joined))
		}
	}
	for _, f := range fares {
		slices.Sort(f.clients)
		f.clients = slices.Compact(f.clients) // one may stand in several files
		slices.Sort(f.identities)
		f.identities = slices.Compact(f.identities)
	}
	return fares
}

// fareKey tells verdicts apart by all but whose they are.
func fareKey(v *mesh.Verdict) string {
	var key strings.Builder
	add := func(texts ...string) {
		for _, text := range texts {
			key.WriteString(text)
			key.WriteByte(0)
		}
	}
	add(v.Transport.String(), v.Access.String(), v.Condition)
	for i := range v.Ways {
		w := &v.Ways[i]
		add(w.Transport.String(), w.Access.String(), w.Condition, objectName(w.Service), objectName(w.Waypoint))
		for j := range w.Reasons {
			add(w.Reasons[j].Text, objectName(w.Reasons[j].Object), string(w.Reasons[j].Path))
		}
	}
	return key.String()
}

func objectName(object *snapshot.Object) string {
	if object == nil {
		return ""
	}
	return object.Kind + " " + object.Namespace + "/" + object.Name
}
