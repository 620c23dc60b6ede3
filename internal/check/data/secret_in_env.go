package data

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// SecretInEnv fails containers with a secret written into an environment variable.
func SecretInEnv() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "secret-in-env",
			Title:    "Secret is written into an environment variable",
			Layer:    model.LayerData,
			Severity: model.High,
			Rationale: "Everybody who may read workloads, the repository or a crash report reads the secret with them; " +
				"it is in every old revision, and cannot be rotated without a deployment.",
			Remediation: "Rotate it, keep it in a Secret or an external store, and refer to it: mounted as a file, or by valueFrom.secretKeyRef.",
			References:  []model.Reference{model.CIS("5.4.1"), model.MITRE("T1552.007"), model.CWE("CWE-798"), model.Docs("concepts/configuration/secret/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			report := secretReport{c: c}
			for _, container := range c.Workload().Containers {
				for _, found := range container.Object.Secrets {
					if below(found.Path, container.Path, ".env[") {
						report.fail(container.Object, found, "container "+container.Name)
					}
				}
			}
		},
	}
}
