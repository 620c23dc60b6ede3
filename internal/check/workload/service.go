package workload

import (
	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// service is a Service and where it is written.
type service struct {
	*corev1.Service
	object *snapshot.Object
}

// services finds the Services of a namespace by the workloads that they send
// connections to.
var services = snapshot.Memo[string, map[*snapshot.Object][]service]{Name: "check.workload.services", Compute: func(v *snapshot.View, namespace string) map[*snapshot.Object][]service {
	found := map[*snapshot.Object][]service{}
	for _, object := range v.Objects(snapshot.GroupKind{Kind: "Service"}, namespace) {
		s, err := kinds.Services.Read(object)
		if err != nil || len(s.Spec.Selector) == 0 || s.Spec.Type == corev1.ServiceTypeExternalName {
			continue
		}
		for _, w := range workload.Select(v, namespace, s.Spec.Selector) {
			found[w.Object] = append(found[w.Object], service{s, object})
		}
	}
	return found
}}
