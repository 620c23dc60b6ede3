package workload

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// CronJobShortDeadline fails CronJobs whose runs may never start.
func CronJobShortDeadline() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "cron-job-short-deadline",
			Title:       "CronJob must start within less than ten seconds",
			Layer:       model.LayerWorkload,
			Severity:    model.Low,
			Rationale:   "The controller looks every ten seconds: it may find each start too late, and the job never runs.",
			Remediation: "Set startingDeadlineSeconds to a minute or more, or remove it.",
			References:  []model.Reference{model.Docs("concepts/workloads/controllers/cron-jobs/#starting-deadline")},
		},
		On: []string{"batch/CronJob"},
		Run: func(c *check.Case) {
			cron, err := kinds.CronJobs.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			if deadline := cron.Spec.StartingDeadlineSeconds; deadline != nil && *deadline < 10 {
				c.Fail("", "a run that did not start %d s after its time is skipped", *deadline).
					At("spec.startingDeadlineSeconds", deadline).
					Fix(1, "Allow a minute", check.Set(c.Object, "spec.startingDeadlineSeconds", 60))
			}
		},
	}
}
