package workload

import (
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// RolloutStopsAll fails Deployments that end all of their pods before new ones run.
func RolloutStopsAll() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "rollout-stops-all",
			Title:    "Every rollout stops all replicas at once",
			Layer:    model.LayerWorkload,
			Severity: model.Info,
			Rationale: "Each change of the template, also one that was meant as a fix, takes the application down until the new pods are " +
				"ready.",
			Remediation: "Use the strategy RollingUpdate with maxUnavailable: 25% or less; keep Recreate where two versions must not run " +
				"at once.",
			References: []model.Reference{model.Docs("concepts/workloads/controllers/deployment/#strategy")},
		},
		On: []string{"apps/Deployment"},
		Run: func(c *check.Case) {
			deployment, err := kinds.Deployments.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			number, known := replicas(c, c.Workload())
			if !known {
				return
			}
			if number < 2 {
				c.Skip()
				return
			}
			strategy := &deployment.Spec.Strategy
			if strategy.Type == appsv1.RecreateDeploymentStrategyType {
				c.Fail("", "the strategy Recreate ends all %d pods first", number).At("spec.strategy.type", strategy.Type)
				return
			}
			if strategy.RollingUpdate == nil || strategy.RollingUpdate.MaxUnavailable == nil {
				return
			}
			most := strategy.RollingUpdate.MaxUnavailable
			if n, err := intstr.GetScaledValueFromIntOrPercent(most, int(number), false); err == nil && n >= int(number) {
				c.Fail("", "%s of %d pods may be unavailable", most, number).At("spec.strategy.rollingUpdate.maxUnavailable", most.String())
			}
		},
	}
}
