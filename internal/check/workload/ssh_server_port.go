package workload

import (
	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// SshServerPort fails containers that offer SSH.
func SshServerPort() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "ssh-server-port",
			Title:    "Container offers SSH",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "A login of its own goes past the roles and the audit log of the cluster: whoever has a key or a password gets a " +
				"shell in the pod.",
			Remediation: "Remove the SSH server; use kubectl exec, which roles allow and the audit log records.",
			References:  []model.Reference{model.MITRE("T1021.004"), model.CWE("CWE-1125")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			for i := range w.Containers {
				container := &w.Containers[i]
				for j := range container.Ports {
					if port := &container.Ports[j]; port.ContainerPort == 22 && port.Protocol == corev1.ProtocolTCP {
						c.Fail(container.Name, "container %s listens on port 22", container.Name).
							In(container.Object, (container.Path+".ports").Index(j)+".containerPort", port.ContainerPort)
						break
					}
				}
			}
		},
	}
}
