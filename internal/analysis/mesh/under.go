package mesh

import (
	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/model"
)

// Under is what the network policies of a snapshot say of the hops of a way. A client
// that is no workload of the snapshot, and a waypoint whose pods are not known, are
// Unknown.
func Under(n *netpol.Network) L4 {
	ends := map[model.ID][]*netpol.End{} // by name: files may hold a workload several times
	for _, end := range n.Ends() {
		ends[end.Workload.ID] = append(ends[end.Workload.ID], end)
	}
	return func(from, to *Workload, port uint16) Access {
		if from == nil || to == nil {
			return AccessUnknown
		}
		var found []Access
		for _, src := range ends[from.Object.ID] {
			for _, dst := range ends[to.Object.ID] {
				found = append(found, AccessOf(n.Verdict(netpol.Of(src), netpol.Of(dst), netpol.TCP, port)))
			}
		}
		return alike(found)
	}
}

// alike is the access that all have. Where only some of the pods reach one another it
// is unknown which are meant.
func alike(list []Access) Access {
	if len(list) == 0 {
		return AccessUnknown
	}
	for _, access := range list {
		if access != list[0] {
			return AccessUnknown
		}
	}
	return list[0]
}

// AccessOf is the verdict of network policies as an access.
func AccessOf(v netpol.Verdict) Access {
	switch v {
	case netpol.Allowed:
		return Allowed
	case netpol.Denied:
		return Denied
	case netpol.Undefined:
		return Undefined
	default:
		return AccessUnknown
	}
}
