package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// MissingPullSecret fails workloads that name a pull secret that does not exist.
func MissingPullSecret() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "missing-pull-secret",
			Title:    "Workload names a pull secret that does not exist",
			Layer:    model.LayerWorkload,
			Severity: model.Info,
			Rationale: "The kubelet goes on without it: an image that is not on the node yet cannot be pulled, and one that somebody " +
				"else pulled there may be run without its credentials.",
			Remediation: "Create the Secret of type kubernetes.io/dockerconfigjson, or remove it from imagePullSecrets.",
			References:  []model.Reference{model.Docs("concepts/containers/images/#specifying-imagepullsecrets-on-a-pod")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			for ref := range c.Workload().References("Secret") {
				if ref.Use != workload.AsPullSecret {
					continue
				}
				if _, _, presence := snapshot.Get(c.View, kinds.Secrets, c.Object.Namespace, ref.Name); presence == snapshot.Absent {
					dangling(c, "Secret", ref.Name, ref.Object, ref.Path)
				}
			}
		},
	}
}
