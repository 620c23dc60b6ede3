package network

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// RouteMissingService fails HTTPRoutes that send requests to a Service which does
// not exist.
func RouteMissingService() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "route-missing-service",
			Title:    "HTTPRoute sends requests to a Service that does not exist",
			Layer:    model.LayerNetwork,
			Severity: model.Low,
			Rationale: "Clients get errors until somebody creates a Service of that name: whoever may do so in that namespace receives the " +
				"requests, under a name that clients trust.",
			Remediation: "Correct the name or namespace of the Service, or remove the rule.",
			References:  []model.Reference{model.CWE("CWE-1164"), model.Docs("concepts/services-networking/gateway/#api-kind-httproute")},
		},
		On: []string{gatewayGroup + "/HTTPRoute"},
		Run: func(c *check.Case) {
			route, err := kinds.HTTPRoutes.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			said := map[string]bool{}
			for i := range route.Spec.Rules {
				for j := range route.Spec.Rules[i].BackendRefs {
					ref := &route.Spec.Rules[i].BackendRefs[j]
					if ref.Kind != nil && *ref.Kind != "Service" || ref.Group != nil && *ref.Group != "" {
						continue
					}
					namespace, name := c.Object.Namespace, string(ref.Name)
					if ref.Namespace != nil {
						namespace = string(*ref.Namespace)
					}
					key := namespace + "/" + name
					if _, _, presence := snapshot.Get(c.View, kinds.Services, namespace, name); presence == snapshot.Absent && !said[key] {
						said[key] = true
						c.Fail(key, "Service %s is not in namespace %s", name, namespace).
							At((model.Path("spec.rules").Index(i)+".backendRefs").Index(j)+".name", name)
					}
				}
			}
		},
	}
}
