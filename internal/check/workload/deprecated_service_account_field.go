package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// DeprecatedServiceAccountField fails workloads that name their account in the field
// serviceAccount alone.
func DeprecatedServiceAccountField() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "deprecated-service-account-field",
			Title:    "Service account is named in the deprecated field serviceAccount",
			Layer:    model.LayerWorkload,
			Severity: model.Info,
			Rationale: "The field is kept for old clients only. Tools that read serviceAccountName, as policies do, take the pods for " +
				"ones that run as default.",
			Remediation: "Name the account in serviceAccountName, and remove serviceAccount.",
			References:  []model.Reference{model.Docs("reference/kubernetes-api/workload-resources/pod-v1/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			if name := w.Spec.DeprecatedServiceAccount; name != "" && w.Spec.ServiceAccountName == "" {
				c.Fail("", "serviceAccount names %s, serviceAccountName is not set", name).
					At(w.Path+".serviceAccount", name).
					Fix(1, "Name the account in serviceAccountName",
						check.Set(c.Object, w.Path+".serviceAccountName", name), check.Remove(c.Object, w.Path+".serviceAccount"))
			}
		},
	}
}
