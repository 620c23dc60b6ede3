package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// MissingConfigMap fails workloads that refer to a ConfigMap that does not exist.
func MissingConfigMap() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "missing-config-map",
			Title:    "Workload refers to a ConfigMap that does not exist",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "The pods do not start until the ConfigMap exists, and whoever may create ConfigMaps in the namespace " +
				"decides what they are configured with.",
			Remediation: "Create the ConfigMap with the workload, correct the name, or mark the reference optional.",
			References:  []model.Reference{model.Docs("concepts/configuration/configmap/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			for ref := range c.Workload().References("ConfigMap") {
				if ref.Optional || inEveryNamespace(ref.Name) {
					continue
				}
				if _, _, presence := snapshot.Get(c.View, kinds.ConfigMaps, c.Object.Namespace, ref.Name); presence == snapshot.Absent {
					dangling(c, "ConfigMap", ref.Name, ref.Object, ref.Path)
				}
			}
		},
	}
}
