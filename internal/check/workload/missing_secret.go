package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// MissingSecret fails workloads that refer to a Secret that does not exist.
func MissingSecret() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "missing-secret",
			Title:    "Workload refers to a Secret that does not exist",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "The pods do not start until the Secret exists, and whoever may create Secrets in the namespace decides what they " +
				"take for their credentials.",
			Remediation: "Create the Secret, correct the name, or mark the reference optional.",
			References:  []model.Reference{model.Docs("concepts/configuration/secret/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			for ref := range c.Workload().References("Secret") {
				if ref.Optional || ref.Use == workload.AsPullSecret {
					continue
				}
				if _, _, presence := snapshot.Get(c.View, kinds.Secrets, c.Object.Namespace, ref.Name); presence == snapshot.Absent {
					dangling(c, "Secret", ref.Name, ref.Object, ref.Path)
				}
			}
		},
	}
}
