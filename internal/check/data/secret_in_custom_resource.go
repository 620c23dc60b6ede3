package data

import (
	"strings"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// SecretInCustomResource fails custom resources that hold a secret.
func SecretInCustomResource() check.Check {
	known := kinds.NewTable()
	return check.Check{
		Control: model.Control{
			ID:          "secret-in-custom-resource",
			Title:       "Secret is written into a custom resource",
			Layer:       model.LayerData,
			Severity:    model.High,
			Rationale:   "Custom resources are stored in plain text unless encryption at rest names their group, and the roles view and edit often include them.",
			Remediation: "Rotate it, and let the resource refer to a Secret: operators offer a field such as secretRef or passwordSecretRef.",
			References:  []model.Reference{model.MITRE("T1552.007"), model.CWE("CWE-312"), model.Docs("concepts/extend-kubernetes/api-extension/custom-resources/")},
		},
		On: check.AllKinds(),
		Run: func(c *check.Case) {
			report := secretReport{c: c}
			// Not by the body: of a saved snapshot, every body is JSON.
			if known.Find(c.Object.Group, c.Object.Kind) != nil || !strings.Contains(c.Object.Group, ".") {
				c.Skip()
				return
			}
			for _, found := range c.Object.Secrets {
				if !strings.Contains(string(found.Path), "annotations") {
					report.fail(c.Object, found, "field "+string(found.Path))
				}
			}
		},
	}
}
