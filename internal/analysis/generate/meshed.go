package generate

import (
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/model"
)

// need is a port that the plane of a mesh uses, which no manifest declares.
type need struct {
	port      uint16
	one, more string // workloads, before why
	why       string
}

// needOf is what default deny takes away from the pods of a plane: the ports of
// istio.io/latest/docs/ops/deployment/application-requirements and
// docs/ambient/usage/networkpolicy, and of Linkerd's control plane.
func needOf(plane mesh.Plane) (need, bool) {
	switch plane {
	case mesh.Sidecarred, mesh.Gateway:
		return need{15012, "workload has", "workloads have", "a proxy of Istio, which needs istiod (TCP 15012)"}, true
	case mesh.Ambient:
		return need{15008, "workload is", "workloads are", "in Istio's ambient mode, where connections are TCP 15008 on the wire and probes come from 169.254.7.127"}, true
	case mesh.Linkerd:
		return need{8086, "workload has", "workloads have", "a proxy of Linkerd, which needs its control plane (TCP 8080, 8086, 8090)"}, true
	default:
		return need{}, false
	}
}

// usedPorts are the TCP ports that the connections of each workload use.
func (c *Collector) usedPorts() map[*unit]map[uint16]bool {
	used := map[*unit]map[uint16]bool{}
	for l := range c.wanted {
		for _, side := range []party{l.src, l.dst} {
			if side.unit == nil || l.protocol != netpol.TCP {
				continue
			}
			if used[side.unit] == nil {
				used[side.unit] = map[uint16]bool{}
			}
			used[side.unit][l.port] = true
		}
	}
	return used
}

// missMesh tells of governed workloads whose mesh will not work with the policies:
// nobody asked for what its plane needs, so they deny it.
func (c *Collector) missMesh(governed []string) {
	type place struct {
		namespace string
		plane     mesh.Plane
	}
	used, count := c.usedPorts(), map[place]int{}
	for _, w := range mesh.Of(c.view.Snapshot().View()).Workloads() {
		needs, meshed := needOf(w.Plane)
		u := c.survey.byID[w.Object.ID]
		if meshed && u != nil && !u.host && slices.Contains(governed, w.Namespace()) && !used[u][needs.port] {
			count[place{w.Namespace(), w.Plane}]++
		}
	}
	for at, n := range count {
		needs, _ := needOf(at.plane)
		c.gaps = append(c.gaps, model.Gap{Reason: fmt.Sprintf("namespace %s: %s %s: nobody was seen or declared to use that, so the policies deny it",
			at.namespace, counted(n, needs.one, needs.more), needs.why)})
	}
}
