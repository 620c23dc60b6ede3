package workload

import (
	batchv1 "k8s.io/api/batch/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// JobWithoutDeadline fails Jobs that may run for ever.
func JobWithoutDeadline() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "job-without-deadline",
			Title:       "Job has no deadline",
			Layer:       model.LayerWorkload,
			Severity:    model.Info,
			Rationale:   "A run that hangs keeps its resources, and its rights, until somebody notices.",
			Remediation: "Set activeDeadlineSeconds in the spec of the Job to the longest time that a run may take.",
			References:  []model.Reference{model.CWE("CWE-400"), model.Docs("concepts/workloads/controllers/job/#job-termination-and-cleanup")},
		},
		On: batch(),
		Run: func(c *check.Case) {
			spec, path := jobSpec(c.Object)
			switch {
			case spec == nil:
				c.Unknown()
			case spec.ActiveDeadlineSeconds == nil && spec.Template.Spec.ActiveDeadlineSeconds == nil:
				c.Fail("", "a run may last for ever").At(path+".activeDeadlineSeconds", nil)
			}
		},
	}
}

// jobSpec returns what a Job or a CronJob says of its runs, and where.
func jobSpec(object *snapshot.Object) (*batchv1.JobSpec, model.Path) {
	if object.Kind == "CronJob" {
		if cron, err := kinds.CronJobs.Read(object); err == nil {
			return &cron.Spec.JobTemplate.Spec, "spec.jobTemplate.spec"
		}
		return nil, ""
	}
	if job, err := kinds.Jobs.Read(object); err == nil {
		return &job.Spec, "spec"
	}
	return nil, ""
}
