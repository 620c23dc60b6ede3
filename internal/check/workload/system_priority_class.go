package workload

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// SystemPriorityClass fails workloads outside of kube-system that are as important as
// the cluster itself.
func SystemPriorityClass() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "system-priority-class",
			Title:    "Workload has a priority of the system",
			Layer:    model.LayerWorkload,
			Severity: model.Medium,
			Rationale: "Pods of this priority push out every other pod when room is short, and are the last to be evicted: whoever " +
				"controls the workload can make everything else stop.",
			Remediation: "Use a PriorityClass of your own with a smaller value; keep the system classes for what the cluster needs to run.",
			References:  []model.Reference{model.MITRE("T1499"), model.CWE("CWE-400"), model.Docs("concepts/scheduling-eviction/pod-priority-preemption/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			if c.Object.Namespace == metav1.NamespaceSystem {
				c.Skip()
				return
			}
			name := w.Spec.PriorityClassName
			if name != "system-cluster-critical" && name != "system-node-critical" {
				return
			}
			c.Fail("", "the pods have the priority class %s", name).At(w.Path+".priorityClassName", name).Severity(unlessAgent(c, model.Medium))
		},
	}
}

// unlessAgent lowers the severity for DaemonSets: agents on every node are, as a
// rule, part of the cluster's own machinery.
func unlessAgent(c *check.Case, severity model.Severity) model.Severity {
	if c.Object.Kind == "DaemonSet" {
		return min(severity, model.Info)
	}
	return severity
}
