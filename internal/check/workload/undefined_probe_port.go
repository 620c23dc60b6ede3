package workload

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// UndefinedProbePort fails probes and hooks that name a port which their container does
// not have.
func UndefinedProbePort() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "undefined-probe-port",
			Title:       "Probe names a port that the container does not have",
			Layer:       model.LayerWorkload,
			Severity:    model.Low,
			Rationale:   "The probe always fails: the pod never becomes ready, or is killed again and again.",
			Remediation: "Name a port of the same container, or write its number.",
			References:  []model.Reference{model.Docs("tasks/configure-pod-container/configure-liveness-readiness-startup-probes/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			for i := range w.Containers {
				container := &w.Containers[i]
				probePort(c, container, "livenessProbe", container.LivenessProbe)
				probePort(c, container, "readinessProbe", container.ReadinessProbe)
				probePort(c, container, "startupProbe", container.StartupProbe)
				if hooks := container.Lifecycle; hooks != nil {
					hookPort(c, container, "lifecycle.postStart", hooks.PostStart)
					hookPort(c, container, "lifecycle.preStop", hooks.PreStop)
				}
			}
		},
	}
}

func probePort(c *check.Case, container *workload.Container, field model.Path, probe *corev1.Probe) {
	switch {
	case probe == nil:
	case probe.HTTPGet != nil:
		namedPort(c, container, field, ".httpGet.port", &probe.HTTPGet.Port)
	case probe.TCPSocket != nil:
		namedPort(c, container, field, ".tcpSocket.port", &probe.TCPSocket.Port)
	}
}

func hookPort(c *check.Case, container *workload.Container, field model.Path, hook *corev1.LifecycleHandler) {
	switch {
	case hook == nil:
	case hook.HTTPGet != nil:
		namedPort(c, container, field, ".httpGet.port", &hook.HTTPGet.Port)
	case hook.TCPSocket != nil:
		namedPort(c, container, field, ".tcpSocket.port", &hook.TCPSocket.Port)
	}
}

// namedPort resolves a port as the kubelet does, which takes a number in quotes too.
func namedPort(c *check.Case, container *workload.Container, field, below model.Path, port *intstr.IntOrString) {
	if port.Type != intstr.String {
		return
	}
	for i := range container.Ports {
		if container.Ports[i].Name == port.StrVal {
			return
		}
	}
	if _, err := strconv.Atoi(port.StrVal); err != nil {
		c.Fail(container.Name+"/"+string(field), "%s of container %s asks for port %s", field, container.Name, port.StrVal).
			In(container.Object, container.Path+"."+field+below, port.StrVal)
	}
}
