package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// NodeNameSet fails workloads that choose their node themselves.
func NodeNameSet() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "node-name-set",
			Title:    "Pods name the node that they run on",
			Layer:    model.LayerWorkload,
			Severity: model.Medium,
			Rationale: "The scheduler is not asked: taints that keep pods off the control plane, room, affinity and spreading count for " +
				"nothing, and when that node is gone the pods run nowhere.",
			Remediation: "Remove nodeName; use nodeSelector or nodeAffinity, which respect taints.",
			References:  []model.Reference{model.CWE("CWE-424"), model.Docs("concepts/scheduling-eviction/assign-pod-node/#nodename")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			if w.Static() || c.Object.Kind == "Pod" && (c.Settings().Live || w.Meta.UID != "") {
				c.Skip() // the scheduler has written it
				return
			}
			if w.Spec.NodeName != "" {
				path := w.Path + ".nodeName"
				c.Fail("", "the pods are bound to node %s", w.Spec.NodeName).At(path, w.Spec.NodeName).
					Fix(2, "Let the scheduler choose", check.Remove(c.Object, path))
			}
		},
	}
}
