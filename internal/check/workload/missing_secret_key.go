package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// MissingSecretKey fails workloads that use a key which their Secret does not have.
func MissingSecretKey() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "missing-secret-key",
			Title:       "Workload uses a key that its Secret does not have",
			Layer:       model.LayerWorkload,
			Severity:    model.Low,
			Rationale:   "The pods do not start; a mount with that subPath gets an empty folder instead of a file.",
			Remediation: "Add the key to the Secret, correct it in the workload, or mark the reference optional.",
			References:  []model.Reference{model.Docs("concepts/configuration/secret/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			checkKeys(c, "Secret", func(object *snapshot.Object, key string) bool {
				secret, err := kinds.Secrets.Read(object)
				if err != nil || filledLater(c, len(secret.Keys)) {
					c.Unknown()
					return true
				}
				_, ok := secret.Keys[key]
				return ok
			})
		},
	}
}
