package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// MissingConfigMapKey fails workloads that use a key which their ConfigMap does not
// have.
func MissingConfigMapKey() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "missing-config-map-key",
			Title:    "Workload uses a key that its ConfigMap does not have",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "The pods do not start; a mount with that subPath gets an empty folder instead of a file, and the application its " +
				"defaults.",
			Remediation: "Add the key to the ConfigMap, correct it in the workload, or mark the reference optional.",
			References:  []model.Reference{model.Docs("concepts/configuration/configmap/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			checkKeys(c, "ConfigMap", func(object *snapshot.Object, key string) bool {
				config, err := kinds.ConfigMaps.Read(object)
				if err != nil || filledLater(c, len(config.Data)+len(config.BinaryData)) {
					c.Unknown()
					return true
				}
				_, text := config.Data[key]
				_, binary := config.BinaryData[key]
				return text || binary || inEveryNamespace(object.Name)
			})
		},
	}
}
