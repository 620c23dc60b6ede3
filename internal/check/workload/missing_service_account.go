package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// MissingServiceAccount fails workloads that run as a service account that does not
// exist.
func MissingServiceAccount() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "missing-service-account",
			Title:    "Workload runs as a service account that does not exist",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "The API server refuses the pods. Whoever may create ServiceAccounts in the namespace brings the account into " +
				"being, and with it whatever roles already name it.",
			Remediation: "Create the ServiceAccount with the workload, or correct the name.",
			References:  []model.Reference{model.Docs("tasks/configure-pod-container/configure-service-account/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			if w.Static() {
				c.Skip()
				return
			}
			name := w.ServiceAccount()
			if _, _, presence := snapshot.Get(c.View, kinds.ServiceAccounts, c.Object.Namespace, name); presence == snapshot.Absent {
				dangling(c, "ServiceAccount", name, c.Object, w.ServiceAccountPath())
			}
		},
	}
}
