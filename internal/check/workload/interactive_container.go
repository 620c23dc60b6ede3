package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// InteractiveContainer fails containers that keep a terminal or an open input.
func InteractiveContainer() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "interactive-container",
			Title:    "Container keeps a terminal or its input open",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "Nobody types into a production container, except who attached to it: with an open terminal, kubectl attach gives " +
				"the rights of the running process without starting a new one that would be seen.",
			Remediation: "Remove stdin and tty; they are meant for kubectl run -it.",
			References:  []model.Reference{model.MITRE("T1609"), model.Docs("reference/kubernetes-api/workload-resources/pod-v1/#debugging")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			for i := range w.Containers {
				container := &w.Containers[i]
				if container.Type == workload.Ephemeral || !container.Stdin && !container.TTY {
					continue
				}
				failure := c.Fail(container.Name, "container %s has stdin %t and tty %t", container.Name, container.Stdin, container.TTY)
				var patches []model.Patch
				for _, field := range [...]struct {
					path model.Path
					set  bool
				}{{container.Path + ".stdin", container.Stdin}, {container.Path + ".tty", container.TTY}} {
					if field.set {
						failure.In(container.Object, field.path, true)
						patches = append(patches, check.Remove(container.Object, field.path))
					}
				}
				if !container.Injected(w) {
					failure.Fix(2, "Keep no terminal and no input open", patches...)
				}
			}
		},
	}
}
