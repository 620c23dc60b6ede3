package workload

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// MissingReadinessProbe fails containers that are sent connections before they can take
// them.
func MissingReadinessProbe() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "missing-readiness-probe",
			Title:    "Container that takes connections has no readiness probe",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "Services send it connections from its first moment, and go on when it is overloaded or broken: each rollout " +
				"loses requests.",
			Remediation: "Add a readinessProbe that succeeds when the container can answer.",
			References:  []model.Reference{model.Docs("tasks/configure-pod-container/configure-liveness-readiness-startup-probes/")},
		},
		On: longRunning(),
		Run: func(c *check.Case) {
			w := c.Workload()
			if !runsForGood(w) {
				c.Skip()
				return
			}
			settled := false
			for i := range w.Containers {
				container := &w.Containers[i]
				if container.ReadinessProbe != nil {
					settled = true
				} else if port := clientPort(container); port != nil && container.Type == workload.Regular && !container.Injected(w) {
					settled = true
					c.Fail(container.Name, "container %s takes connections on port %d", container.Name, port.ContainerPort).
						In(container.Object, container.Path+".readinessProbe", nil)
				}
			}
			if !settled {
				readinessOfServed(c, w)
			}
		},
	}
}

// clientPort returns the first port of a container that is not just for metrics.
func clientPort(container *workload.Container) *corev1.ContainerPort {
	for i := range container.Ports {
		if !forMetrics(container.Ports[i].Name) {
			return &container.Ports[i]
		}
	}
	return nil
}

// readinessOfServed judges pods that say of themselves that they have no port: they
// take connections when a Service selects them.
func readinessOfServed(c *check.Case, w *workload.Workload) {
	for _, s := range services.Of(c.View, c.Object.Namespace)[w.Object] {
		if !slices.ContainsFunc(s.Spec.Ports, func(port corev1.ServicePort) bool { return !forMetrics(port.Name) }) {
			continue
		}
		c.Fail("", "Service %s sends it connections", s.Name).
			At((w.Path+".containers").Index(0)+".readinessProbe", nil).
			In(s.object, "spec.selector", labels.Set(s.Spec.Selector).String())
		return
	}
	if asSupplied(c, "", "Service", c.Object.Namespace) {
		c.Skip()
	}
}

// forMetrics tells by its name a port that only monitoring connects to.
func forMetrics(port string) bool {
	return strings.Contains(port, "metrics") || strings.HasPrefix(port, "prom")
}
