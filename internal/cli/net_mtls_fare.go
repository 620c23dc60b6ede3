package cli

import (
	"encoding/binary"
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

// fares gathers how every client fares at a port. Clients that the server cannot tell
// apart, and of which network policies say the same, are asked about once.
func (x *mtlsAnswer) fares(m *mesh.Mesh, clients []*mesh.Workload, server *mesh.Workload, port uint16) []*fare {
	var fares []*fare
	index := map[string]*fare{}
	add := func(verdict *mesh.Verdict) *fare {
		key := fareKey(verdict)
		f := index[key]
		if f == nil {
			f = &fare{verdict: *verdict}
			index[key] = f
			fares = append(fares, f)
		}
		return f
	}
	verdicts := map[int]*mesh.Verdict{} // by class
	known := map[string]*fare{}         // by class and what policies say
	var key []byte
	for _, client := range clients {
		if client == server && !x.several[server] {
			continue // what a single pod says to itself passes nobody
		}
		class := m.Class(client, server)
		verdict := verdicts[class]
		if verdict == nil {
			found := m.Verdict(client, server, port)
			verdict = &found
			verdicts[class] = verdict
		}
		key = binary.AppendUvarint(key[:0], uint64(class))
		for _, access := range verdict.Wire(client, x.policies) {
			key = append(key, byte(access))
		}
		f := known[string(key)]
		if f == nil {
			f = add(x.join(m, verdict, client))
			known[string(key)] = f
		}
		f.clients = append(f.clients, x.nameOf(client))
		f.see(m, verdict, client)
	}
	for _, f := range fares {
		slices.Sort(f.clients)
		f.clients = slices.Compact(f.clients) // one may stand in several files
		slices.Sort(f.identities)
		f.identities = slices.Compact(f.identities)
	}
	return fares
}

// join is a verdict with the network policies on the way. They are not asked about a
// client of which nobody knows the address.
func (x *mtlsAnswer) join(m *mesh.Mesh, verdict *mesh.Verdict, client *mesh.Workload) *mesh.Verdict {
	if client == nil {
		return verdict
	}
	joined := mesh.Join(m.For(client, verdict), x.policies)
	return &joined
}

func (x *mtlsAnswer) nameOf(client *mesh.Workload) string {
	if client == nil {
		return outsideMesh
	}
	return x.names[client]
}

// see notes the identity that a server sees of a client.
func (f *fare) see(m *mesh.Mesh, verdict *mesh.Verdict, client *mesh.Workload) {
	if !slices.ContainsFunc(verdict.Ways, func(w mesh.Way) bool { return w.Identity != "" }) {
		return
	}
	if name := m.Identity(client); !slices.Contains(f.identities[max(0, len(f.identities)-1):], name) {
		f.identities = append(f.identities, name)
	}
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
