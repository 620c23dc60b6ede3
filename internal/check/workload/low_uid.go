package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// firstFreeUser is the first user number that no distribution gives to its own
// users or to people.
const firstFreeUser = 10000

// LowUID fails containers whose user number is likely to be somebody's on the
// node. Root is the matter of run-as-root-user.
func LowUID() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "low-uid",
			Title:    "Container runs as a user number that the node may use",
			Layer:    model.LayerWorkload,
			Severity: model.Info,
			Rationale: "Numbers below 10000 belong to system services and people on many nodes: through a mounted path, or after a breakout, " +
				"the container's process has that user's files and may signal its processes.",
			Remediation: "Set runAsUser to a number of at least 10000, and fsGroup where volumes need it; or set hostUsers: false.",
			References:  []model.Reference{model.CIS("5.6.3"), model.CWE("CWE-250"), model.Docs("tasks/configure-pod-container/security-context/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			if w.Windows() || w.Spec.HostUsers != nil && !*w.Spec.HostUsers {
				c.Skip()
				return
			}
			inherited := 0
			for i := range w.Containers {
				container := &w.Containers[i]
				s := container.SecurityContext
				switch {
				case s == nil || s.RunAsUser == nil:
					inherited++
				case isLow(s.RunAsUser):
					c.Fail(container.Name, "container %s runs as user %d", container.Name, *s.RunAsUser).
						In(container.Object, container.Path+".securityContext.runAsUser", s.RunAsUser)
				}
			}
			if s := w.Spec.SecurityContext; inherited > 0 && s != nil && isLow(s.RunAsUser) {
				c.Fail("", "the pod runs as user %d", *s.RunAsUser).At(w.Path+".securityContext.runAsUser", s.RunAsUser)
			}
		},
	}
}

func isLow(user *int64) bool { return user != nil && *user > 0 && *user < firstFreeUser }
