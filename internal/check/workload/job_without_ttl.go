package workload

import (
	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// JobWithoutTtl fails Jobs that stay for ever after they ended.
func JobWithoutTtl() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "job-without-ttl",
			Title:    "Job is never cleaned up",
			Layer:    model.LayerWorkload,
			Severity: model.Info,
			Rationale: "Finished Jobs and their pods stay in etcd with their variables and their logs, and the pods count against " +
				"quotas.",
			Remediation: "Set ttlSecondsAfterFinished, for instance to 86400.",
			References:  []model.Reference{model.CWE("CWE-459"), model.Docs("concepts/workloads/controllers/ttlafterfinished/")},
		},
		On: []string{"batch/Job"},
		Run: func(c *check.Case) {
			job, err := kinds.Jobs.Read(c.Object)
			switch {
			case err != nil:
				c.Unknown()
			case cleanedUp(job):
				c.Skip()
			case job.Spec.TTLSecondsAfterFinished == nil:
				c.Fail("", "nothing deletes the Job when it has ended").
					At("spec.ttlSecondsAfterFinished", nil).
					Fix(1, "Delete the Job a day after it ended", check.Set(c.Object, "spec.ttlSecondsAfterFinished", 86400))
			}
		},
	}
}

// cleanedUp reports whether something else deletes the Job: what owns it, or the
// tool whose hook it is.
func cleanedUp(job *batchv1.Job) bool {
	if metav1.GetControllerOfNoCopy(job) != nil {
		return true
	}
	for _, key := range []string{"helm.sh/hook", "argocd.argoproj.io/hook"} {
		if _, ok := job.Annotations[key]; ok {
			return true
		}
	}
	return false
}
