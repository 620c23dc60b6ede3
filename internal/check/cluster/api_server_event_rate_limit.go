package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerEventRateLimit fails API servers without a limit for events.
func APIServerEventRateLimit() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-event-rate-limit",
			Title:    "API server takes any number of events",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "Events are stored in etcd like everything else. A workload or a kubelet that floods the API server with them " +
				"fills the database and slows the control plane down for all.",
			Remediation: "Add EventRateLimit to --enable-admission-plugins and give it limits in the file of " +
				"--admission-control-config-file.",
			References: []model.Reference{model.CIS("1.2.9"), model.CWE("CWE-770"), model.Docs("reference/access-authn-authz/admission-controllers/#eventratelimit")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run: eachComponent(controlplane.APIServer, func(s subject) {
			switch plugin := s.Admission("EventRateLimit"); {
			case !plugin.Known:
				s.c.Unknown()
			case !plugin.On:
				// The plugin does not start without limits, which only a person can choose.
				s.c.Fail(s.Name, "%s takes any number of events: %s lacks EventRateLimit", s.Name, plugin.Name).In(plugin.Object, plugin.Path, plugin.Text)
			}
		}),
	}
}
