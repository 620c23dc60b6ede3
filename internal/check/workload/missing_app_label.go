package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// MissingAppLabel fails workloads whose pods do not say which application they are of.
func MissingAppLabel() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "missing-app-label",
			Title:       "Pods carry no label that names their application",
			Layer:       model.LayerWorkload,
			Severity:    model.Info,
			Rationale:   "Who looks at a pod, a log or an alert does not learn what it belongs to, and policies cannot select it.",
			Remediation: "Set the label app.kubernetes.io/name in the pod template.",
			References:  []model.Reference{model.Docs("concepts/overview/working-with-objects/common-labels/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			if w.Static() {
				c.Skip()
				return
			}
			for _, key := range [...]string{"app.kubernetes.io/name", "app", "k8s-app", "app.kubernetes.io/instance", "name"} {
				if w.Meta.Labels[key] != "" {
					return
				}
			}
			c.Fail("", "no label names the application").At((w.MetaPath + ".labels").Child("app.kubernetes.io/name"), nil)
		},
	}
}
