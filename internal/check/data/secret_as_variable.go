package data

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// SecretAsVariable fails containers that get Secrets as environment variables.
func SecretAsVariable() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "secret-as-variable",
			Title:    "Container gets a Secret as environment variables",
			Layer:    model.LayerData,
			Severity: model.Low,
			Rationale: "Variables are inherited by every child process and end up in crash reports, debug pages and logs. " +
				"A value that changes reaches the container only when it is made anew.",
			Remediation: "Mount the Secret as files with the keys that are needed, and have the application read them; many take PASSWORD_FILE for PASSWORD.",
			References: []model.Reference{
				model.CIS("5.4.1"), model.CWE("CWE-526"), model.MITRE("T1552.007"),
				model.Docs("concepts/configuration/secret/#using-secrets"),
			},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			for _, container := range c.Workload().Containers {
				for i := range container.EnvFrom {
					if ref := container.EnvFrom[i].SecretRef; ref != nil && ref.Name != "" && !earlier(&container, i, ref.Name) {
						path := (container.Path + ".envFrom").Index(i) + ".secretRef.name"
						c.Fail(container.Name+" "+ref.Name, "container %s gets every key of Secret %s as a variable", container.Name, ref.Name).
							In(container.Object, path, ref.Name)
					}
				}
				for i := range container.Env {
					name := variableSecret(&container, i)
					if name == "" || earlier(&container, len(container.EnvFrom), name) || earlierVariable(&container, i, name) {
						continue
					}
					path := (container.Path + ".env").Index(i) + ".valueFrom.secretKeyRef.name"
					c.Fail(container.Name+" "+name, "container %s gets keys of Secret %s as variables, %s first", container.Name, name, container.Env[i].Name).
						In(container.Object, path, name)
				}
			}
		},
	}
}

func variableSecret(container *workload.Container, i int) string {
	if from := container.Env[i].ValueFrom; from != nil && from.SecretKeyRef != nil {
		return from.SecretKeyRef.Name
	}
	return ""
}

// earlier reports whether an envFrom before n takes the Secret: one finding for each
// Secret is enough.
func earlier(container *workload.Container, n int, name string) bool {
	for i := range n {
		if ref := container.EnvFrom[i].SecretRef; ref != nil && ref.Name == name {
			return true
		}
	}
	return false
}

func earlierVariable(container *workload.Container, n int, name string) bool {
	for i := range n {
		if variableSecret(container, i) == name {
			return true
		}
	}
	return false
}
