package network

import (
	"k8s.io/apimachinery/pkg/labels"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// WorkloadWithoutNetworkPolicy fails workloads that no NetworkPolicy selects for
// ingress.
func WorkloadWithoutNetworkPolicy() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "workload-without-network-policy",
			Title:    "No NetworkPolicy restricts who may connect to the pods",
			Layer:    model.LayerNetwork,
			Severity: model.Medium,
			Rationale: "Every pod of the cluster can connect to these pods on every port they listen on, those meant for metrics, debugging and " +
				"administration included.",
			Remediation: "Write a NetworkPolicy that selects the pods and lists who may connect on which ports, or deny ingress to the whole namespace by default.",
			References: []model.Reference{
				model.CIS("5.3.2"), model.NSA("Network separation and hardening"), model.CWE("CWE-1327"),
				model.Docs("concepts/services-networking/network-policies/"),
			},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			if !isolable(w) {
				c.Skip()
				return
			}
			p := policiesOf.Of(c.View, c.Object.Namespace)
			undecided := p.foreign
			for i := range p.list {
				if !p.list[i].ingress {
					continue
				}
				switch matches(p.list[i].selector, w) {
				case yes:
					return
				case perhaps:
					undecided = true
				}
			}
			scope := model.Scope{Group: "networking.k8s.io", Kind: "NetworkPolicy", Namespace: c.Object.Namespace}
			if !c.Complete(scope) || undecided {
				c.Unknown()
				return
			}
			failure := c.Fail("", "every pod of the cluster may connect to the pods of %s", c.Object.Name).At(w.MetaPath+".labels", labels.Set(w.Meta.Labels))
			if c.Object.Group == "batch" || namespaceJudged(c.View, c.Object.Namespace) {
				failure.Severity(model.Low)
			}
		},
	}
}

// namespaceJudged reports whether the namespace was supplied: then a control of its
// own says that it denies nothing by default, and each workload adds little to that.
func namespaceJudged(v *snapshot.View, name string) bool {
	object := v.Snapshot().Lookup(model.ID{Cluster: v.Settings().Cluster, Kind: "Namespace", Name: name})
	return object != nil && !object.Implied
}
