package workload

import (
	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// RequestAboveLimit fails containers that ask for more than they may use.
func RequestAboveLimit() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "request-above-limit",
			Title:       "Request is above the limit",
			Layer:       model.LayerWorkload,
			Severity:    model.Low,
			Rationale:   "The API server refuses the pods: the workload is accepted and never runs, or the last version goes on running.",
			Remediation: "Lower the request or raise the limit.",
			References:  []model.Reference{model.Docs("concepts/configuration/manage-resources-containers/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			for i := range w.Containers {
				container := &w.Containers[i]
				requestsAboveLimits(c, container.Name, container.Object, container.Path, &container.Resources)
			}
			if w.Spec.Resources != nil {
				requestsAboveLimits(c, "", c.Object, w.Path, w.Spec.Resources)
			}
		},
	}
}

func requestsAboveLimits(c *check.Case, container string, object *snapshot.Object, path model.Path, resources *corev1.ResourceRequirements) {
	for name, limit := range resources.Limits {
		request, ok := resources.Requests[name]
		if !ok || request.Cmp(limit) <= 0 {
			continue
		}
		who := "the pod"
		if container != "" {
			who = "container " + container
		}
		c.Fail(container+"/"+string(name), "%s asks for %s of %s and may use %s", who, request.String(), name, limit.String()).
			In(object, (path+".resources.requests").Child(string(name)), request.String()).
			In(object, (path + ".resources.limits").Child(string(name)), limit.String())
	}
}
