package mesh

import (
	"slices"

	"holdfast.dev/holdfast/internal/snapshot"
)

// ServiceEntry is a host that is added to the mesh. It is read for the pods that it
// leads to and for the Services whose hosts it takes: what it makes of them is not
// evaluated, so that verdicts on them are Unknown where it could decide. Unread is not
// asked: every shape may lead to a pod.
type ServiceEntry struct {
	Hosts            []string           `json:"hosts"`
	Ports            []serviceEntryPort `json:"ports"`
	WorkloadSelector *struct {
		Labels map[string]string `json:"labels"`
	} `json:"workloadSelector"`
}

type serviceEntryPort struct {
	Number     uint16 `json:"number"`
	TargetPort uint16 `json:"targetPort"`
}

// ServiceEntries are read to know where verdicts do not hold.
var ServiceEntries = resourceKind[ServiceEntry]("networking.istio.io", "ServiceEntry")

type serviceEntries struct {
	list     []item[ServiceEntry]
	complete bool
}

var serviceEntriesOf = snapshot.Memo[struct{}, *serviceEntries]{Name: "mesh.serviceEntries", Compute: func(v *snapshot.View, _ struct{}) *serviceEntries {
	s := &serviceEntries{}
	s.list, s.complete = list(v, ServiceEntries)
	return s
}}

// entersBy is a ServiceEntry that leads clients of the mesh to a port of a workload, if
// there is one: it selects pods of its namespace (istio.io, reference of ServiceEntry).
func (m *Mesh) entersBy(w *Workload, port uint16) (Reason, bool) {
	all := serviceEntriesOf.Of(m.view, struct{}{})
	if !all.complete {
		return Reason{Text: "ServiceEntries could not be read: one may lead to the port", Open: true}, true
	}
	for i := range all.list {
		s := &all.list[i]
		if s.object.Namespace != w.Namespace() || s.Spec.WorkloadSelector == nil || !w.HasLabels(s.Spec.WorkloadSelector.Labels) {
			continue
		}
		if slices.ContainsFunc(s.Spec.Ports, func(p serviceEntryPort) bool { return p.target() == port }) {
			return Reason{Text: "a ServiceEntry leads to the pods, which is not evaluated", Object: s.object, Path: "spec.workloadSelector", Open: true}, true
		}
	}
	return Reason{}, false
}

// target is the port of the pods.
func (p serviceEntryPort) target() uint16 {
	if p.TargetPort != 0 {
		return p.TargetPort
	}
	return p.Number
}

// takenBy is a ServiceEntry with the host of a Service, if there is one: what clients
// then reach under it is not evaluated.
func (m *Mesh) takenBy(r *route) (Reason, bool) {
	all := serviceEntriesOf.Of(m.view, struct{}{})
	if !all.complete {
		return Reason{Text: "ServiceEntries could not be read: one may take the host", Open: true}, true
	}
	for i := range all.list {
		if s := &all.list[i]; slices.Contains(s.Spec.Hosts, r.host()) {
			return Reason{Text: "a ServiceEntry has the host of the Service, which is not evaluated", Object: s.object, Path: "spec.hosts", Value: r.host(), Open: true}, true
		}
	}
	return Reason{}, false
}
