package data

import (
	"strings"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// SecretInConfigMap fails ConfigMaps that hold a secret.
func SecretInConfigMap() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "secret-in-config-map",
			Title:    "Secret is written into a ConfigMap",
			Layer:    model.LayerData,
			Severity: model.High,
			Rationale: "ConfigMaps are not encrypted at rest by the usual configurations, are readable with the role view, " +
				"and are printed and copied without care.",
			Remediation: "Rotate it, move it into a Secret or an external store, and refer to it from there.",
			References:  []model.Reference{model.MITRE("T1552.007"), model.CWE("CWE-312"), model.Docs("concepts/configuration/configmap/")},
		},
		On: []string{"ConfigMap"},
		Run: func(c *check.Case) {
			report := secretReport{c: c}
			for _, found := range c.Object.Secrets {
				if !strings.HasPrefix(string(found.Path), "data") {
					continue
				}
				key := "data"
				if segments, err := found.Path.Segments(); err == nil && len(segments) > 1 {
					key = segments[1].Key
				}
				report.fail(c.Object, found, "key "+key)
			}
		},
	}
}
