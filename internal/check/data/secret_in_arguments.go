package data

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// SecretInArguments fails containers with a secret in a command line, a probe or a
// lifecycle hook.
func SecretInArguments() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "secret-in-arguments",
			Title:    "Secret is written into a command line",
			Layer:    model.LayerData,
			Severity: model.High,
			Rationale: "Arguments are in the pod's specification and in the node's process list: everybody who may read workloads, " +
				"and every process that shares the node's or the pod's process namespace, reads the secret.",
			Remediation: "Rotate it, keep it in a Secret, and let the program read it from a mounted file or a variable with valueFrom.secretKeyRef.",
			References:  []model.Reference{model.CIS("5.4.1"), model.MITRE("T1552.007"), model.CWE("CWE-214"), model.Docs("concepts/configuration/secret/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			report := secretReport{c: c}
			for _, container := range c.Workload().Containers {
				for _, found := range container.Object.Secrets {
					if below(found.Path, container.Path, ".command[", ".args[", ".lifecycle.", ".livenessProbe.", ".readinessProbe.", ".startupProbe.") {
						report.fail(container.Object, found, "container "+container.Name)
					}
				}
			}
		},
	}
}
