package workload

import (
	"cmp"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// AutoscalerWithoutRequests fails autoscalers that measure use against requests which
// are not there.
func AutoscalerWithoutRequests() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "autoscaler-without-requests",
			Title:    "Autoscaler measures use against a request that is not set",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "Utilization is a share of what the containers request. Without a request there is nothing to divide by, and " +
				"nothing is scaled.",
			Remediation: "Set the request of the resource for every container of the target, or scale on an AverageValue.",
			References:  []model.Reference{model.Docs("tasks/run-application/horizontal-pod-autoscale/")},
		},
		On: []string{"autoscaling/HorizontalPodAutoscaler"},
		Run: func(c *check.Case) {
			hpa, err := kinds.HorizontalPodAutoscalers.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			of := targetOf(hpa)
			object, presence := c.Find(model.ID{Cluster: c.Object.Cluster, Group: of.group, Kind: of.kind, Namespace: c.Object.Namespace, Name: of.name})
			if presence != snapshot.Present {
				return
			}
			w := workload.Of(c.View, object)
			if w == nil {
				c.Skip() // a custom resource
				return
			}
			for _, measured := range utilization(c.Object.Version, hpa) {
				container := without(c, w, requests, measured.resource)
				if container == nil || measured.container != "" && !lacksIn(w, measured) {
					continue
				}
				c.Fail(string(measured.resource)+"/"+measured.container, "container %s of %s %s requests no %s", cmp.Or(measured.container, container.Name), of.kind, of.name, measured.resource).
					At(measured.path, measured.value).
					In(container.Object, (container.Path + requests.field()).Child(string(measured.resource)), nil)
			}
		},
	}
}

// measure is a resource whose utilization an autoscaler watches, in one container
// or in all.
type measure struct {
	resource  corev1.ResourceName
	container string
	path      model.Path
	value     any
}

// utilization lists what is measured as a share of requests. Without metrics, and
// always in autoscaling/v1, it is CPU.
func utilization(version string, hpa *autoscalingv2.HorizontalPodAutoscaler) []measure {
	switch {
	case version == "v1":
		return []measure{{resource: corev1.ResourceCPU, path: "spec.targetCPUUtilizationPercentage"}}
	case len(hpa.Spec.Metrics) == 0:
		return []measure{{resource: corev1.ResourceCPU, path: "spec.metrics"}}
	}
	var measures []measure
	for i := range hpa.Spec.Metrics {
		path := model.Path("spec.metrics").Index(i)
		if m := hpa.Spec.Metrics[i].Resource; m != nil && m.Target.Type == autoscalingv2.UtilizationMetricType {
			measures = append(measures, measure{resource: m.Name, path: path + ".resource.name", value: string(m.Name)})
		}
		if m := hpa.Spec.Metrics[i].ContainerResource; m != nil && m.Target.Type == autoscalingv2.UtilizationMetricType {
			measures = append(measures, measure{resource: m.Name, container: m.Container, path: path + ".containerResource.name", value: string(m.Name)})
		}
	}
	return measures
}

func lacksIn(w *workload.Workload, m measure) bool {
	for i := range w.Containers {
		if w.Containers[i].Name == m.container {
			return lacks(&w.Containers[i], requests, m.resource)
		}
	}
	return false
}
