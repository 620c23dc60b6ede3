package cluster

import (
	"strings"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerAlphaAPIs fails API servers that serve whole stages of the API.
func APIServerAlphaAPIs() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-alpha-apis",
			Title:    "API server serves alpha or all versions of its API",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "Alpha APIs are unfinished, are checked by fewer people, and may vanish with their data at an upgrade. Policies " +
				"that name the versions known when they were written do not cover what is served besides.",
			Remediation: "Name the one group and version that is needed in --runtime-config, instead of api/all or api/alpha.",
			References:  []model.Reference{model.CWE("CWE-1188"), model.Docs("reference/using-api/#enabling-or-disabling")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run: eachComponent(controlplane.APIServer, func(s subject) {
			items, known := s.Items("runtime-config")
			for _, item := range items {
				name, value, assigned := strings.Cut(item.Value, "=")
				if (name == "api/all" || name == "api/alpha") && (!assigned || value == "true") {
					s.failKey(s.Name+" "+name, item, "serves unfinished versions of the API")
				}
			}
			if !known {
				s.c.Unknown()
			}
		}),
	}
}
