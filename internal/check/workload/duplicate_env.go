package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// DuplicateEnv fails containers that set one variable twice.
func DuplicateEnv() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "duplicate-env",
			Title:    "Variable is set twice in one container",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "Only the last one counts. Whoever reads or patches the first, a review or a security setting among them, changes " +
				"nothing.",
			Remediation: "Remove the entries that do not count.",
			References:  []model.Reference{model.CWE("CWE-462"), model.Docs("tasks/inject-data-application/define-environment-variable-container/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			for i := range w.Containers {
				container := &w.Containers[i]
				for last := len(container.Env) - 1; last > 0; last-- {
					duplicateEnv(c, container, last)
				}
			}
		},
	}
}

// duplicateEnv reports the entries before the last one that set the same variable.
func duplicateEnv(c *check.Case, container *workload.Container, last int) {
	name := container.Env[last].Name
	var patches []model.Patch
	var failure check.Failure
	for i := last - 1; i >= 0; i-- {
		if container.Env[i].Name != name {
			continue
		}
		path := (container.Path + ".env").Index(i)
		if patches == nil {
			if _, ok := c.Failed(container.Name + "/" + name); ok {
				return
			}
			failure = c.Fail(container.Name+"/"+name, "container %s sets %s more than once; the last one counts", container.Name, name).
				In(container.Object, (container.Path+".env").Index(last)+".name", name)
		}
		failure.In(container.Object, path+".name", name)
		patches = append(patches, check.Remove(container.Object, path))
	}
	if patches != nil && container.Object == c.Object {
		failure.Fix(1, "Remove what does not count", patches...)
	}
}
