package workload

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// HostPort fails ports that are opened on the node. A pod in the node's network
// has every port there, written or not: host-network reports that.
func HostPort() check.Check {
	official := policy.CheckHostPorts()
	return check.Check{
		Control: model.Control{
			ID:       "host-port",
			Title:    "Container opens a port on its node",
			Layer:    model.LayerWorkload,
			Severity: model.Medium,
			Rationale: "Whoever reaches the node reaches the port, past Services, Ingresses and, with many network plugins, network policies; " +
				"and only one such pod fits on a node.",
			Remediation: "Remove hostPort, and publish the port by a Service; set hostPort only for what must be reached at each node.",
			References:  []model.Reference{model.PSS("Host Ports"), model.CIS("5.2.13"), model.CWE("CWE-668"), model.Docs("concepts/security/pod-security-standards/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			judge(c, &official, func(p *pod) {
				if p.holder.Spec.HostNetwork {
					p.located = true
					p.Skip()
					return
				}
				for container := range p.forbidden() {
					for i := range container.Ports {
						p.failHostPort(container, i)
					}
				}
			})
		},
	}
}

func (p *pod) failHostPort(c *workload.Container, i int) {
	port := c.Ports[i]
	if !p.forbidsContainer(&corev1.Container{Ports: c.Ports[i : i+1]}) {
		return
	}
	where := fmt.Sprintf("%d/%s", port.HostPort, port.Protocol)
	if port.HostIP != "" {
		where = port.HostIP + ":" + where
	}
	path := (c.Path + ".ports").Index(i) + ".hostPort"
	failure := p.fail(c.Name+"/"+where, "container %s opens port %s on the node", c.Name, where).In(c.Object, path, port.HostPort)
	if p.fixable(c) {
		failure.Fix(2, "close port "+where+" of the node", check.Remove(c.Object, path))
	}
}
