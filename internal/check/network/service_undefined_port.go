package network

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// ServiceUndefinedPort fails Services that send connections to a port which their pods
// do not name.
func ServiceUndefinedPort() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "service-undefined-port",
			Title:       "Service names a target port that its pods do not have",
			Layer:       model.LayerNetwork,
			Severity:    model.Low,
			Rationale:   "The Service has no endpoints on that port: every connection to it fails.",
			Remediation: "Name a port of a container, or write its number.",
			References:  []model.Reference{model.Docs("concepts/services-networking/service/#field-spec-ports")},
		},
		On: []string{"Service"},
		Run: func(c *check.Case) {
			s, err := kinds.Services.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			if len(s.Spec.Selector) == 0 || s.Spec.Type == corev1.ServiceTypeExternalName {
				c.Skip()
				return
			}
			selected := workload.Select(c.View, c.Object.Namespace, s.Spec.Selector)
			for i := range s.Spec.Ports {
				port := &s.Spec.Ports[i]
				if port.TargetPort.Type != intstr.String || len(selected) > 0 && namedByAny(selected, port) {
					continue
				}
				if !workload.Complete(c.View, c.Object.Namespace) {
					return
				}
				if len(selected) == 0 {
					c.Skip() // service-without-pods judges that
					return
				}
				c.Fail(port.TargetPort.StrVal, "no container of %s has a port %s/%s", selected[0].Object.ID, port.TargetPort.StrVal, port.Protocol).
					At(model.Path("spec.ports").Index(i)+".targetPort", port.TargetPort.StrVal).
					In(selected[0].Object, selected[0].Path+".containers", nil)
			}
		},
	}
}

// namedByAny reports whether a container of some workload has the port that a
// Service names. Init containers have ports only as sidecars.
func namedByAny(workloads []*workload.Workload, port *corev1.ServicePort) bool {
	for _, w := range workloads {
		for i := range w.Containers {
			if container := &w.Containers[i]; container.Type == workload.Init || container.Type == workload.Ephemeral {
				continue
			}
			for _, p := range w.Containers[i].Ports {
				if p.Name == port.TargetPort.StrVal && p.Protocol == port.Protocol {
					return true
				}
			}
		}
	}
	return false
}
