package workload

import (
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/labels"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// SingleReplica fails Deployments behind a Service that have one pod.
func SingleReplica() check.Check {
	return check.Check{
		Control: model.Control{
			ID:        "single-replica",
			Title:     "Deployment behind a Service has one replica",
			Layer:     model.LayerWorkload,
			Severity:  model.Info,
			Rationale: "When its node fails or is drained, the service is gone until the pod runs elsewhere.",
			Remediation: "Set replicas to two or more, or let a HorizontalPodAutoscaler do so, if the application can share its work. " +
				"Choose the strategy Recreate where only one may run.",
			References: []model.Reference{model.Docs("concepts/workloads/controllers/deployment/")},
		},
		On: []string{"apps/Deployment"},
		Run: func(c *check.Case) {
			w := c.Workload()
			deployment, err := kinds.Deployments.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			if deployment.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType {
				c.Skip()
				return
			}
			number, known := replicas(c, w)
			if !known || number != 1 {
				return
			}
			served := services.Of(c.View, c.Object.Namespace)[c.Object]
			if len(served) == 0 {
				if asSupplied(c, "", "Service", c.Object.Namespace) {
					c.Skip()
				}
				return
			}
			atReplicas(c, w, c.Fail("", "one pod answers for Service %s", served[0].Name)).
				In(served[0].object, "spec.selector", labels.Set(served[0].Spec.Selector).String())
		},
	}
}
