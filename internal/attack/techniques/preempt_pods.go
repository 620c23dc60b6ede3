package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// PreemptPods is to push out the pods of others with ones of higher priority.
func PreemptPods() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "preempt-pods", Title: "Create pods that preempt others", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "A pod for which there is no room pushes out pods of lower priority. Every cluster has the classes system-cluster-critical and system-node-critical, " +
				"and every namespace may use them: large pods of these push out all others, in every namespace.",
			Remediation: "Set a ResourceQuota for cpu and memory in each namespace, and one with scope PriorityClass for the high classes; limit them in the " +
				"AdmissionConfiguration of ResourceQuota to the namespaces that may use them.",
			References: []model.Reference{
				model.MITRE("T1499"), model.MITRE("T1496"),
				model.Docs("concepts/scheduling-eviction/pod-priority-preemption/"),
				model.Docs("concepts/policy/resource-quotas/#limit-priority-class-consumption-by-default"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Resource: "pods"}},
		Yields: []attack.Yield{attack.Denial},
		Ground: func(c *attack.Case) {
			cpu := unbounded.Of(c.View, quotaQuestion{c.Namespace, counted{"requests.cpu", "cpu", "limits.cpu"}})
			memory := unbounded.Of(c.View, quotaQuestion{c.Namespace, counted{"requests.memory", "memory", "limits.memory"}})
			cpu.or(memory).denies(c, attack.In("", "Pod", ""))
		},
	}
}
