package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// DefaultNamespace fails workloads that are put into the namespace default.
func DefaultNamespace() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "default-namespace",
			Title:    "Workload is in the namespace default",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "What nobody sorted ends there: roles, quotas and network policies of the namespace hold for all of it or for " +
				"none, and a manifest without a namespace lands next to it.",
			Remediation: "Create a namespace for the application and deploy it there.",
			References:  []model.Reference{model.CIS("5.6.4"), model.CWE("CWE-653"), model.Docs("concepts/overview/working-with-objects/namespaces/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			switch {
			case c.Object.Namespace != "default":
			case !written(c.Object, "metadata.namespace"):
				c.Skip() // the namespace is chosen when it is applied
			default:
				c.Fail("", "it is in the namespace default").At("metadata.namespace", "default")
			}
		},
	}
}
