package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateKnativeServices is to run pods through Knative.
func CreateKnativeServices() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-knative-services", Title: "Create or change Knative services", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A Knative Service says which image its pods run, as which account of the namespace and with which of its secrets. Knative refuses what takes " +
				"over a node: hostPath volumes and privileged containers.",
			Remediation: "Give rights on the resource only in namespaces whose accounts and secrets the same people may use.",
			References: []model.Reference{
				model.MITRE("T1610"), {Catalogue: "URL", ID: "https://knative.dev/docs/serving/services/creating-services/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "serving.knative.dev", Resource: "services"}},
		Yields: []attack.Yield{attack.Namespace},
		Ground: func(c *attack.Case) {
			for _, s := range custom(c, "services.serving.knative.dev", "Service") {
				s.yields(c, attack.Namespace, attack.Namespaces(s.namespace))
			}
		},
	}
}
