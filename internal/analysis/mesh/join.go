package mesh

import "fmt"

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
		way.Reasons = append([]Reason{}, way.Reasons...)
		for _, hop := range way.Hops {
			access := l4(hop.From, hop.To, hop.Port)
			if access != Allowed {
				way.add(Reason{Text: fmt.Sprintf("network policies: TCP %d from %s to %s is %s", hop.Port, nameOf(hop.From), nameOf(hop.To), access)})
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

func nameOf(w *Workload) string {
	if w == nil {
		return "elsewhere"
	}
	return w.Object.String()
}
