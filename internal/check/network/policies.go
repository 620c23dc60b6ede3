package network

import (
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// policies are what isolates the pods of one namespace.
type policies struct {
	list    []policy
	foreign bool // policies of another API are there, or may be: they can isolate pods too
}

// policy is one NetworkPolicy.
type policy struct {
	*networkingv1.NetworkPolicy
	object          *snapshot.Object
	selector        labels.Selector // nil when it is not valid
	ingress, egress bool            // the directions that it isolates
}

// policiesOf reads the NetworkPolicies of a namespace.
var policiesOf = snapshot.Memo[string, *policies]{Name: "check/network.policies", Compute: func(v *snapshot.View, namespace string) *policies {
	p := &policies{foreign: foreignPolicies(v, namespace)}
	list, _ := snapshot.List(v, kinds.NetworkPolicies, namespace)
	for object, np := range list {
		p.list = append(p.list, newPolicy(object, np))
	}
	return p
}}

func newPolicy(object *snapshot.Object, np *networkingv1.NetworkPolicy) policy {
	p := policy{NetworkPolicy: np, object: object}
	p.selector, _ = metav1.LabelSelectorAsSelector(&np.Spec.PodSelector)
	for _, direction := range np.Spec.PolicyTypes {
		p.ingress = p.ingress || direction == networkingv1.PolicyTypeIngress
		p.egress = p.egress || direction == networkingv1.PolicyTypeEgress
	}
	return p
}

// foreignPolicies reports whether the namespace may be isolated by policies of
// other APIs, which these checks do not evaluate.
func foreignPolicies(v *snapshot.View, namespace string) bool {
	for _, kind := range []struct {
		group, kind string
		namespace   string
	}{
		{"cilium.io", "CiliumNetworkPolicy", namespace},
		{"cilium.io", "CiliumClusterwideNetworkPolicy", ""},
		{"projectcalico.org", "NetworkPolicy", namespace},
		{"projectcalico.org", "GlobalNetworkPolicy", ""},
		{"crd.projectcalico.org", "NetworkPolicy", namespace},
		{"crd.projectcalico.org", "GlobalNetworkPolicy", ""},
		{"policy.networking.k8s.io", "AdminNetworkPolicy", ""},
		{"policy.networking.k8s.io", "BaselineAdminNetworkPolicy", ""},
		{"policy.networking.k8s.io", "ClusterNetworkPolicy", ""},
		{"crd.antrea.io", "NetworkPolicy", namespace},
		{"crd.antrea.io", "ClusterNetworkPolicy", ""},
	} {
		if len(v.Objects(snapshot.GroupKind{Group: kind.group, Kind: kind.kind}, kind.namespace)) > 0 ||
			v.Unread(model.Scope{Group: kind.group, Kind: kind.kind, Namespace: kind.namespace}) {
			return true
		}
	}
	return false
}

// everyPod reports whether the policy selects all pods of its namespace.
func (p *policy) everyPod() bool { return p.selector != nil && p.selector.Empty() }

// match says whether a selector selects the pods of a workload.
type match uint8

const (
	no match = iota
	yes
	perhaps // it asks for labels that only running pods have
)

func matches(selector labels.Selector, w *workload.Workload) match {
	if selector == nil {
		return perhaps
	}
	if selector.Matches(labels.Set(w.Meta.Labels)) {
		return yes
	}
	requirements, _ := selector.Requirements()
	some := w.Object.Kind == "StatefulSet" || w.Object.Group == "batch" // whose pods are named by labels alone
	for _, r := range requirements {
		_, written := w.Meta.Labels[r.Key()]
		switch {
		case r.Matches(labels.Set(w.Meta.Labels)):
			some = true
		case written || !workload.MayGainLabel(r.Key()):
			return no
		}
	}
	if some {
		return perhaps
	}
	return no
}

// podsRun says whether pods that NetworkPolicy applies to run in a namespace.
func podsRun(v *snapshot.View, namespace string) snapshot.Presence {
	for _, w := range workload.In(v, namespace) {
		if isolable(w) {
			return snapshot.Present
		}
	}
	if workload.Complete(v, namespace) {
		return snapshot.Absent
	}
	return snapshot.Undetermined
}

// isolable reports whether NetworkPolicy applies to the pods: it does not to those
// on the network of their node, and a PodTemplate makes none by itself.
func isolable(w *workload.Workload) bool {
	return !w.Spec.HostNetwork && w.Object.Kind != "PodTemplate"
}
