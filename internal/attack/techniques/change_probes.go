package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeProbes is to have Prometheus send secrets of the namespace.
func ChangeProbes() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-probes", Title: "Create or change probes of Prometheus", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale:   "A Probe names a prober and the Secret with which Prometheus signs in to it: any of the namespace, sent to a server of the attacker's.",
			Remediation: "Select monitors of trusted namespaces only; set spec.arbitraryFSAccessThroughSMs.deny and give Prometheus no rights beyond discovery.",
			References: []model.Reference{
				model.MITRE("T1552"), {Catalogue: "URL", ID: "https://prometheus-operator.dev/docs/api-reference/api/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "monitoring.coreos.com", Resource: "probes"}},
		Yields: []attack.Yield{attack.Secrets},
		Ground: func(c *attack.Case) {
			for _, s := range custom(c, "probes.monitoring.coreos.com", "Probe") {
				s.yields(c, attack.Secrets, attack.In(s.namespace, "Secret", ""), "Prometheus selects the probe and reaches a server of theirs")
			}
		},
	}
}
