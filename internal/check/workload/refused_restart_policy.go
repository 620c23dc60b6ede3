package workload

import (
	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// RefusedRestartPolicy fails workloads whose restartPolicy their kind does not allow.
func RefusedRestartPolicy() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "refused-restart-policy",
			Title:       "Restart policy is not allowed for this kind",
			Layer:       model.LayerWorkload,
			Severity:    model.Low,
			Rationale:   "The API server refuses the workload: it is not deployed, or its last version goes on running.",
			Remediation: "Remove restartPolicy, or make it Always, except in a Job or CronJob, which need Never or OnFailure.",
			References:  []model.Reference{model.Docs("concepts/workloads/pods/pod-lifecycle/#restart-policy")},
		},
		On: append(append(replicated(), "apps/DaemonSet"), batch()...),
		Run: func(c *check.Case) {
			w := c.Workload()
			ends := c.Object.Group == "batch"
			policy, path := w.Spec.RestartPolicy, w.Path+".restartPolicy"
			if (policy != corev1.RestartPolicyAlways) == ends {
				return
			}
			failure := c.Fail("", "%s does not allow restartPolicy %s", c.Object.Kind, policy).At(path, ifWritten(c.Object, path, policy))
			if !ends {
				failure.Fix(1, "Remove restartPolicy", check.Remove(c.Object, path))
			}
		},
	}
}
