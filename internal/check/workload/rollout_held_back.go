package workload

import (
	appsv1 "k8s.io/api/apps/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// RolloutHeldBack fails workloads whose changes do not reach their pods.
func RolloutHeldBack() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "rollout-held-back",
			Title:       "Changes of the template are not rolled out",
			Layer:       model.LayerWorkload,
			Severity:    model.Low,
			Rationale:   "A new image, with its security fixes, is deployed to all appearances, while the pods go on with the old one.",
			Remediation: "Resume the Deployment (paused: false); use the update strategy RollingUpdate with partition 0.",
			References:  []model.Reference{model.Docs("concepts/workloads/controllers/deployment/#pausing-and-resuming-a-deployment")},
		},
		On: []string{"apps/Deployment", "apps/StatefulSet", "apps/DaemonSet"},
		Run: func(c *check.Case) {
			switch c.Object.Kind {
			case "Deployment":
				if o, err := kinds.Deployments.Read(c.Object); err == nil && o.Spec.Paused {
					c.Fail("", "the Deployment is paused").At("spec.paused", true).
						Fix(2, "Resume the Deployment", check.Remove(c.Object, "spec.paused"))
				}
			case "DaemonSet":
				if o, err := kinds.DaemonSets.Read(c.Object); err == nil && o.Spec.UpdateStrategy.Type == appsv1.OnDeleteDaemonSetStrategyType {
					heldUntilDeleted(c)
				}
			case "StatefulSet":
				o, err := kinds.StatefulSets.Read(c.Object)
				if err != nil {
					return
				}
				rolling := o.Spec.UpdateStrategy.RollingUpdate
				switch {
				case o.Spec.UpdateStrategy.Type == appsv1.OnDeleteStatefulSetStrategyType:
					heldUntilDeleted(c)
				case rolling != nil && rolling.Partition != nil && *rolling.Partition > 0:
					path := model.Path("spec.updateStrategy.rollingUpdate.partition")
					c.Fail("", "pods with an ordinal below %d keep their version", *rolling.Partition).At(path, rolling.Partition).
						Fix(2, "Roll out to all pods", check.Remove(c.Object, path))
				}
			}
		},
	}
}

func heldUntilDeleted(c *check.Case) {
	c.Fail("", "a pod keeps its version until somebody deletes it").
		At("spec.updateStrategy.type", "OnDelete").
		Fix(2, "Roll out by itself", check.Remove(c.Object, "spec.updateStrategy"))
}
