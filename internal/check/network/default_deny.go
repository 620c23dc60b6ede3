package network

import (
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// judgeDefaultDeny fails a namespace in which pods run and no NetworkPolicy denies
// one direction to all of them.
func judgeDefaultDeny(c *check.Case, direction networkingv1.PolicyType) {
	name := c.Object.Name
	switch podsRun(c.View, name) {
	case snapshot.Absent:
		c.Skip()
		return
	case snapshot.Undetermined:
		c.Unknown()
		return
	}
	p := policiesOf.Of(c.View, name)
	for i := range p.list {
		if p.list[i].deniesByDefault(direction) {
			return
		}
	}
	if p.foreign || !c.Complete(model.Scope{Group: "networking.k8s.io", Kind: "NetworkPolicy", Namespace: name}) {
		c.Unknown()
		return
	}
	failure := c.Fail("", "no NetworkPolicy denies %s to all pods of namespace %s", verb(direction), name).At("metadata.name", name)
	if name == metav1.NamespaceSystem {
		// The pods of the control plane are on the host network; what is left are add-ons.
		failure.Severity(model.Low)
	}
	failure.Fix(4, "Deny "+string(direction)+" by default; allow what the pods need first", defaultDeny(c.Object, name, direction))
}

// deniesByDefault reports whether the policy isolates every pod of its namespace
// and does not itself let everything through.
func (p *policy) deniesByDefault(direction networkingv1.PolicyType) bool {
	if !p.everyPod() {
		return false
	}
	if direction == networkingv1.PolicyTypeEgress {
		for i := range p.Spec.Egress {
			if open, _ := openEgress(&p.Spec.Egress[i]); open {
				return false
			}
		}
		return p.egress
	}
	for i := range p.Spec.Ingress {
		if open, _ := openIngress(&p.Spec.Ingress[i]); open {
			return false
		}
	}
	return p.ingress
}

func verb(direction networkingv1.PolicyType) string {
	if direction == networkingv1.PolicyTypeEgress {
		return "egress"
	}
	return "ingress"
}

// defaultDeny is the patch that creates a NetworkPolicy which selects every pod and
// allows nothing in one direction.
func defaultDeny(namespace *snapshot.Object, name string, direction networkingv1.PolicyType) model.Patch {
	id := model.ID{Cluster: namespace.Cluster, Group: "networking.k8s.io", Kind: "NetworkPolicy", Namespace: name, Name: "default-deny-" + verb(direction)}
	policy := map[string]any{
		"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
		"metadata": map[string]any{"name": id.Name, "namespace": name},
		"spec":     map[string]any{"podSelector": map[string]any{}, "policyTypes": []string{string(direction)}},
	}
	return model.Patch{Object: model.Ref{ID: id, Version: "v1"}, Op: model.Set, Value: model.JSON(policy)}
}
