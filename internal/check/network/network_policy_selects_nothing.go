package network

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// NetworkPolicySelectsNothing fails NetworkPolicies whose selector matches no
// workload of their namespace.
func NetworkPolicySelectsNothing() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "network-policy-selects-nothing",
			Title:    "NetworkPolicy selects no pods",
			Layer:    model.LayerNetwork,
			Severity: model.Low,
			Rationale: "A selector with a wrong label protects nothing, and nothing says so: the pods that the policy was written for " +
				"stay open to the whole cluster.",
			Remediation: "Compare the selector with the labels of the pod template (not those of the Deployment), or remove the policy.",
			References:  []model.Reference{model.CIS("5.3.2"), model.CWE("CWE-1164"), model.Docs("concepts/services-networking/network-policies/#networkpolicy-resource")},
		},
		On: []string{"networking.k8s.io/NetworkPolicy"},
		Run: func(c *check.Case) {
			np, err := kinds.NetworkPolicies.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			p := newPolicy(c.Object, np)
			if p.everyPod() {
				c.Skip()
				return
			}
			workloads := workload.In(c.View, c.Object.Namespace)
			for _, w := range workloads {
				if m := matches(p.selector, w); m == yes || m == perhaps {
					if m == perhaps {
						c.Unknown()
					}
					return
				}
			}
			if workload.PodsSelected(c.View, c.Object.Namespace, &np.Spec.PodSelector) {
				return
			}
			if !allPodsKnown(c.View, c.Object.Namespace, len(workloads)) {
				c.Unknown()
				return
			}
			c.Fail("", "no workload of namespace %s has the labels %s", c.Object.Namespace, p.selector).At("spec.podSelector", p.selector)
		},
	}
}

// allPodsKnown reports whether the workloads that were found in a namespace are all
// that make pods there. Of files it takes at least one, and no custom resource: its
// operator may make pods that no file shows.
func allPodsKnown(v *snapshot.View, namespace string, found int) bool {
	if !workload.Complete(v, namespace) {
		return false
	}
	if v.Settings().Live {
		return true
	}
	return found > 0 && !v.Unread(model.Scope{Namespace: namespace}) && !customResources(v, namespace)
}

// customResources reports whether a namespace holds objects of kinds that
// Kubernetes does not have itself.
func customResources(v *snapshot.View, namespace string) bool {
	known := kinds.NewTable()
	for _, gk := range v.Snapshot().Kinds() {
		if known.Find(gk.Group, gk.Kind) == nil && !configuresMesh(gk.Group) && len(v.Objects(gk, namespace)) > 0 {
			return true
		}
	}
	return false
}

// configuresMesh reports whether the objects of a group configure a service mesh and
// make no pods.
func configuresMesh(group string) bool {
	switch group {
	case "security.istio.io", "networking.istio.io", "telemetry.istio.io", "extensions.istio.io", "policy.linkerd.io":
		return true
	default:
		return false
	}
}
