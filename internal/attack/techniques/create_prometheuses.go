package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreatePrometheuses is to run pods through the Prometheus operator.
func CreatePrometheuses() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-prometheuses", Title: "Create or change Prometheus resources", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A Prometheus has its operator make a stateful set with containers, volumes and a service account of its author's choice. The pod runs as any " +
				"account of the namespace and mounts any of its secrets.",
			Remediation: "Give rights on the resource only in namespaces whose accounts and secrets the same people may use; enforce the Pod Security level baseline or " +
				"restricted there.",
			References: []model.Reference{
				model.MITRE("T1610"), {Catalogue: "URL", ID: "https://prometheus-operator.dev/docs/api-reference/api/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "monitoring.coreos.com", Resource: "prometheuses"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: customPods("prometheuses.monitoring.coreos.com", "Prometheus"),
	}
}
