package workload

import (
	batchv1 "k8s.io/api/batch/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// CronJobOverlap fails CronJobs that start a run while the last one is still running.
func CronJobOverlap() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "cron-job-overlap",
			Title:    "CronJob runs may overlap",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "When runs take longer than the interval they pile up, each with its own resources, until the namespace or the " +
				"cluster is full; and two runs at once seldom are what the job was written for.",
			Remediation: "Set concurrencyPolicy: Forbid, or Replace to end the old run.",
			References:  []model.Reference{model.CWE("CWE-400"), model.Docs("concepts/workloads/controllers/cron-jobs/#concurrency-policy")},
		},
		On: []string{"batch/CronJob"},
		Run: func(c *check.Case) {
			cron, err := kinds.CronJobs.Read(c.Object)
			switch {
			case err != nil:
				c.Unknown()
			case cron.Spec.ConcurrencyPolicy == "" || cron.Spec.ConcurrencyPolicy == batchv1.AllowConcurrent:
				var written any
				if cron.Spec.ConcurrencyPolicy != "" {
					written = cron.Spec.ConcurrencyPolicy
				}
				c.Fail("", "a run starts by the schedule %s whether or not the last one has ended", cron.Spec.Schedule).
					At("spec.concurrencyPolicy", written).
					Fix(2, "Skip a run while the last one is running", check.Set(c.Object, "spec.concurrencyPolicy", batchv1.ForbidConcurrent))
			}
		},
	}
}
