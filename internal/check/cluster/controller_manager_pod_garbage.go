package cluster

import (
	"strconv"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// ControllerManagerPodGarbage fails controller managers that keep every pod
// that has ended, and notes those that nobody gave a threshold.
func ControllerManagerPodGarbage() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "controller-manager-pod-garbage",
			Title:    "Pods that have ended are not removed",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "Pods that have ended stay in etcd until the controller manager removes them. Without a threshold they pile up " +
				"until the database is full and the control plane stands still; the default keeps 12,500 of them.",
			Remediation: "Set --terminated-pod-gc-threshold to a number that fits the cluster, such as 1000.",
			References:  []model.Reference{model.CIS("1.3.1"), model.CWE("CWE-400"), model.Docs("concepts/workloads/pods/pod-lifecycle/#pod-garbage-collection")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run: eachComponent(controlplane.ControllerManager, func(s subject) {
			f, ok := s.known("terminated-pod-gc-threshold")
			if !ok {
				return
			}
			switch number, err := strconv.Atoi(f.Value); {
			case err != nil:
				s.c.Unknown()
			case number <= 0:
				fix(s.fail(f, "never removes pods that have ended"), f, 1, 1000)
			case !f.Written:
				fix(s.fail(f, "keeps many pods that have ended").Severity(model.Info), f, 1, 1000)
			}
		}),
	}
}
