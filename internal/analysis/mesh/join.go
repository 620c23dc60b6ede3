package mesh

import (
	"fmt"
	"slices"
	"strings"
)

// L4 says whether network policies let TCP connections from one workload to a port of
// another through. from is nil for a client that is no workload of the snapshot, to
// for pods that are not known.
type L4 func(from, to *Workload, port uint16) Access

// Join is the verdict with the network policies on the way: reachable means both. What
// a tunnel carries meets them as TCP 15008 only; the original port exists inside the
// pod (istio.io, "Ambient and Kubernetes NetworkPolicy").
func Join(verdict Verdict, l4 L4) Verdict {
	ways := make([]Way, len(verdict.Ways))
	for i := range verdict.Ways {
		way := verdict.Ways[i]
		way.Reasons = slices.Clone(way.Reasons)
		for _, hop := range way.Hops {
			access := hop.under(l4)
			if access != Allowed {
				way.add(Reason{Text: fmt.Sprintf("network policies: TCP %s from %s to %s is %s", strings.Trim(fmt.Sprint(hop.Ports()), "[]"), nameOf(hop.From), nameOf(hop.To), access)})
			}
			way.Access = bothAccess(way.Access, access)
		}
		if way.Access != Conditional {
			way.Condition = ""
		}
		ways[i] = way
	}
	return combine(ways)
}

// under is what network policies say of a hop: of one that may be on either of two
// ports, what they say of both.
func (h *Hop) under(l4 L4) Access {
	var found []Access
	for _, port := range h.Ports() {
		found = append(found, l4(h.From, h.To, port))
	}
	return alike(found)
}

// Reach says what becomes of the connections of a client to a port of a server, by the
// mesh and the network policies together, with the ways joined. Of workloads of which
// nobody knows whether a mesh carries them it says what holds either way.
func (m *Mesh) Reach(client, server *Workload, port uint16, l4 L4) Verdict {
	var found Verdict
	for i, from := range m.Candidates(client) {
		for j, to := range m.Candidates(server) {
			one := Join(m.Verdict(from, to, port), l4)
			switch {
			case i == 0 && j == 0:
				found = one
			case one.Access != found.Access || one.Condition != found.Condition:
				return unknownVerdict(client, server, port)
			case one.Transport != found.Transport:
				found.Transport = TransportUnknown
			}
		}
	}
	return found
}

// For is the verdict on a client for another one of its Class: its hops begin elsewhere,
// and it names another identity.
func (m *Mesh) For(client *Workload, v *Verdict) Verdict {
	moved := *v
	moved.Ways = slices.Clone(v.Ways)
	for i := range moved.Ways {
		way := &moved.Ways[i]
		way.Hops = slices.Clone(way.Hops)
		way.Hops[0].From = client
		if way.Identity != "" {
			way.Identity = m.Identity(client)
		}
	}
	return moved
}

// Identity is the name by which policies know a workload of a mesh; "" for others.
func (m *Mesh) Identity(w *Workload) string {
	switch {
	case w.Plane.istio():
		return m.identityOf(w).String()
	case w.Plane == Linkerd:
		return m.linkerdIdentity(w.Namespace(), w.ServiceAccount())
	default:
		return ""
	}
}

// Wire is what network policies say of a client of the verdict's Class, hop by hop;
// nothing of one that is nil.
func (v *Verdict) Wire(client *Workload, l4 L4) []Access {
	if client == nil {
		return nil
	}
	var list []Access
	for i := range v.Ways {
		for j, hop := range v.Ways[i].Hops {
			if j == 0 {
				hop.From = client
			}
			list = append(list, hop.under(l4))
		}
	}
	return list
}

func nameOf(w *Workload) string {
	if w == nil {
		return "elsewhere"
	}
	return w.Object.String()
}
