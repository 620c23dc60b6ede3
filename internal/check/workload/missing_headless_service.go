package workload

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// MissingHeadlessService fails StatefulSets whose serviceName is no headless Service
// that selects their pods.
func MissingHeadlessService() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "missing-headless-service",
			Title:    "StatefulSet names a Service that gives its pods no names",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "The pods do not get the DNS names by which they find each other, and whoever may create Services in the " +
				"namespace can take the name.",
			Remediation: "Create a Service of that name with clusterIP: None and a selector for the pods, or correct serviceName.",
			References:  []model.Reference{model.Docs("concepts/workloads/controllers/statefulset/#stable-network-id")},
		},
		On: []string{"apps/StatefulSet"},
		Run: func(c *check.Case) {
			set, err := kinds.StatefulSets.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			name := set.Spec.ServiceName
			if name == "" {
				c.Skip()
				return
			}
			object, service, presence := snapshot.Get(c.View, kinds.Services, c.Object.Namespace, name)
			switch {
			case presence == snapshot.Absent:
				dangling(c, "Service", name, c.Object, "spec.serviceName")
			case presence != snapshot.Present:
			case service.Spec.ClusterIP != corev1.ClusterIPNone:
				c.Fail(name, "Service %s is not headless", name).
					At("spec.serviceName", name).In(object, "spec.clusterIP", service.Spec.ClusterIP)
			case len(service.Spec.Selector) > 0 && !c.Workload().HasLabels(service.Spec.Selector):
				c.Fail(name, "Service %s does not select the pods", name).
					At("spec.serviceName", name).In(object, "spec.selector", labels.Set(service.Spec.Selector).String())
			}
		},
	}
}
