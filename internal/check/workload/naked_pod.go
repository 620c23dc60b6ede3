package workload

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// NakedPod fails Pods that nothing replaces.
func NakedPod() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "naked-pod",
			Title:    "Pod has no controller",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "When its node fails or is drained the pod is gone. Pods that stand by themselves are also what is left of " +
				"somebody's debugging, and of an intruder.",
			Remediation: "Make it a Deployment, a StatefulSet or, if it ends, a Job.",
			References:  []model.Reference{model.MITRE("T1610"), model.Docs("concepts/workloads/pods/#working-with-pods")},
		},
		On: []string{"Pod"},
		Run: func(c *check.Case) {
			w := c.Workload()
			_, hook := w.Meta.Annotations["helm.sh/hook"]
			switch {
			case hook || w.Static():
				c.Skip()
			case metav1.GetControllerOfNoCopy(w.Meta) == nil:
				c.Fail("", "nothing starts it again elsewhere").At("metadata.ownerReferences", nil)
			}
		},
	}
}
