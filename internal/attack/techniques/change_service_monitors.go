package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeServiceMonitors is to have Prometheus send its token.
func ChangeServiceMonitors() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-service-monitors", Title: "Create or change service monitors", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A ServiceMonitor may name a file of the Prometheus pod whose content is sent with each request: the token of its service account, sent to a " +
				"pod of the attacker's.",
			Remediation: "Select monitors of trusted namespaces only; set spec.arbitraryFSAccessThroughSMs.deny and give Prometheus no rights beyond discovery.",
			References: []model.Reference{
				model.MITRE("T1528"), {Catalogue: "URL", ID: "https://prometheus-operator.dev/docs/api-reference/api/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "monitoring.coreos.com", Resource: "servicemonitors"}},
		Yields: []attack.Yield{attack.Subject},
		Ground: func(c *attack.Case) {
			for _, s := range custom(c, "servicemonitors.monitoring.coreos.com", "ServiceMonitor") {
				prometheus().asDeputy(c, s.basis, "Prometheus selects the monitor and does not deny it files (arbitraryFSAccessThroughSMs)", "a Service that it selects leads to a server of theirs")
			}
		},
	}
}
