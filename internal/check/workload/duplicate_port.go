package workload

import (
	"strconv"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// DuplicatePort fails pods in which two containers claim one port.
func DuplicatePort() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "duplicate-port",
			Title:    "Two containers of a pod claim the same port",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "The containers of a pod share one address: the second cannot listen. Of two ports with one name, Services and " +
				"probes take the first.",
			Remediation: "Give each container a port, and each port a name, of its own.",
			References:  []model.Reference{model.Docs("concepts/workloads/pods/#pod-networking")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			for i := range w.Containers {
				for j := range w.Containers[i].Ports {
					claimedBefore(c, w, i, j)
				}
			}
		},
	}
}

// claimedBefore looks for a port of a container in those before it that run at the
// same time. One container may name one port twice.
func claimedBefore(c *check.Case, w *workload.Workload, i, j int) {
	container := &w.Containers[i]
	port := &container.Ports[j]
	if container.Type == workload.Init {
		return
	}
	for k := range w.Containers[:i] {
		other := &w.Containers[k]
		if other.Type == workload.Init || other.Object != container.Object {
			continue
		}
		for l := range other.Ports {
			first := &other.Ports[l]
			path, before := (container.Path + ".ports").Index(j), (other.Path + ".ports").Index(l)
			switch {
			case first.ContainerPort == port.ContainerPort && first.Protocol == port.Protocol:
				key := other.Name + "/" + container.Name + "/" + strconv.Itoa(int(port.ContainerPort)) + string(port.Protocol)
				if _, ok := c.Failed(key); ok {
					continue
				}
				c.Fail(key, "containers %s and %s both claim port %d/%s", other.Name, container.Name, port.ContainerPort, port.Protocol).
					In(container.Object, path+".containerPort", port.ContainerPort).
					In(other.Object, before+".containerPort", first.ContainerPort)
			case port.Name != "" && first.Name == port.Name:
				c.Fail(other.Name+"/"+container.Name+"/"+port.Name, "containers %s and %s both name a port %s", other.Name, container.Name, port.Name).
					In(container.Object, path+".name", port.Name).
					In(other.Object, before+".name", first.Name)
			}
		}
	}
}
