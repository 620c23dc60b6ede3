package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerAlwaysAdmit fails API servers with the admission plugin that admits
// everything.
func APIServerAlwaysAdmit() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-always-admit",
			Title:    "API server uses the admission plugin AlwaysAdmit",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "The plugin does nothing, was deprecated in 1.13 and is on where somebody wanted admission to be off. Look at " +
				"what else the same hand has turned off.",
			Remediation: "Take AlwaysAdmit out of --enable-admission-plugins.",
			References:  []model.Reference{model.CIS("1.2.10"), model.Docs("reference/access-authn-authz/admission-controllers/#alwaysadmit")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run: eachComponent(controlplane.APIServer, func(s subject) {
			plugin := s.Admission("AlwaysAdmit")
			switch {
			case plugin.On:
				f := s.c.Fail(s.Name, "%s uses AlwaysAdmit", s.Name).In(plugin.Object, plugin.Path, plugin.Text)
				s.withoutItem(f, "enable-admission-plugins", "AlwaysAdmit", 1)
			case !plugin.Known:
				s.c.Unknown()
			}
		}),
	}
}
