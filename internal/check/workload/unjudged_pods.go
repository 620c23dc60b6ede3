package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// UnjudgedPods fails custom resources that hold a pod template: no control reads it.
func UnjudgedPods() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "unjudged-pods",
			Title:    "Pods of a custom kind are judged by no control",
			Layer:    model.LayerWorkload,
			Severity: model.Medium,
			Rationale: "Argo Rollouts, OpenShift's DeploymentConfigs, Knative Services and the like make pods from a template that only " +
				"their controllers know how to read. A privileged container in one is not reported, so that a clean result says nothing about it.",
			Remediation: "Scan the cluster that the controller runs in: its pods are judged there. Enforce Pod Security in the namespace.",
			References:  []model.Reference{model.Docs("concepts/security/pod-security-admission/"), model.MITRE("T1610")},
		},
		On: check.AllKinds(),
		Run: func(c *check.Case) {
			if !c.Object.InFile() || !workload.Custom(c.Object) {
				c.Skip() // of a running cluster the pods themselves are judged
				return
			}
			for _, path := range workload.CustomPods(c.Object) {
				c.Fail(fieldKey(c, path), "nothing judges the pods that it makes").At(path, nil)
			}
		},
	}
}
