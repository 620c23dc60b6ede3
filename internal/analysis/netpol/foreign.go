package netpol

import (
	"fmt"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Kinds lists what Model reads: what is not listed of a running cluster makes verdicts
// Unknown.
func Kinds() []snapshot.GroupKind {
	all := []snapshot.GroupKind{
		{Kind: "Namespace"}, {Kind: "Node"},
		{Group: networkingv1.GroupName, Kind: "NetworkPolicy"},
	}
	for _, kind := range workload.Kinds() {
		all = append(all, groupKind(kind))
	}
	for _, kind := range adminKinds() {
		all = append(all, snapshot.GroupKind{Group: adminGroup, Kind: kind})
	}
	for _, kind := range foreignKinds() {
		all = append(all, kind.GroupKind)
	}
	return all
}

func groupKind(text string) snapshot.GroupKind {
	for i := range len(text) {
		if text[i] == '/' {
			return snapshot.GroupKind{Group: text[:i], Kind: text[i+1:]}
		}
	}
	return snapshot.GroupKind{Kind: text}
}

func adminKinds() []string {
	return []string{"AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"}
}

// foreignKind is a kind of policy that a network plugin brings along.
type foreignKind struct {
	snapshot.GroupKind
	directions []Direction
}

// foreignKinds lists the kinds of policies of network plugins. Of Cilium's a part is
// evaluated, see cilium.go; of the others, what they could change is Unknown. Those of
// service meshes are not among them.
func foreignKinds() []foreignKind {
	both := []Direction{Egress, Ingress}
	return []foreignKind{
		{snapshot.GroupKind{Group: "cilium.io", Kind: "CiliumNetworkPolicy"}, both},
		{snapshot.GroupKind{Group: "cilium.io", Kind: "CiliumClusterwideNetworkPolicy"}, both},
		{snapshot.GroupKind{Group: "projectcalico.org", Kind: "NetworkPolicy"}, both},
		{snapshot.GroupKind{Group: "projectcalico.org", Kind: "GlobalNetworkPolicy"}, both},
		{snapshot.GroupKind{Group: "crd.projectcalico.org", Kind: "NetworkPolicy"}, both},
		{snapshot.GroupKind{Group: "crd.projectcalico.org", Kind: "GlobalNetworkPolicy"}, both},
		{snapshot.GroupKind{Group: "crd.antrea.io", Kind: "NetworkPolicy"}, both},
		{snapshot.GroupKind{Group: "crd.antrea.io", Kind: "ClusterNetworkPolicy"}, both},
		{snapshot.GroupKind{Group: "crd.nsx.vmware.com", Kind: "SecurityPolicy"}, both},
		{snapshot.GroupKind{Group: "k8s.ovn.org", Kind: "EgressFirewall"}, []Direction{Egress}},
		{snapshot.GroupKind{Group: "network.openshift.io", Kind: "EgressNetworkPolicy"}, []Direction{Egress}},
	}
}

// foreignPolicies makes policies that may do anything of those that are not
// understood. They may come before all others, and apply to nodes.
func foreignPolicies(v *snapshot.View) []*policy {
	var policies []*policy
	for _, kind := range foreignKinds() {
		for _, object := range v.Objects(kind.GroupKind, "") {
			path, problem := model.Path(""), fmt.Sprintf("policies of the kind %s are not understood", kind.GroupKind)
			if kind.Group == ciliumGroup {
				var read []*policy
				if read, path, problem = readCilium(object); read != nil {
					policies = append(policies, read...)
					continue
				}
			}
			p := &policy{
				object: object, scope: object.Scope(), tier: AdminTier, priority: beforeAll,
				subject: podSet{namespace: object.Namespace, hosts: nodesAsWell},
			}
			for _, d := range kind.directions {
				p.sides[d] = &side{wild: true}
			}
			p.distrust(path, problem)
			policies = append(policies, p)
		}
		if scope := (model.Scope{Group: kind.Group, Kind: kind.Kind}); hidden(v, scope) {
			p := unreadPolicy(scope, AdminTier, podSet{hosts: nodesAsWell})
			for d := range p.sides {
				if !slices.Contains(kind.directions, Direction(d)) {
					p.sides[d] = nil
				}
			}
			policies = append(policies, p)
		}
	}
	return policies
}

// hidden reports whether there may be objects that nobody could read. Of files, a kind
// that was not supplied is not there.
func hidden(v *snapshot.View, scope model.Scope) bool {
	if v.Settings().Live {
		return !v.Complete(scope)
	}
	return v.Unread(scope)
}

// unreadPolicies makes policies that may do anything of lists that are not complete.
func unreadPolicies(v *snapshot.View, namespaces []namespace) []*policy {
	var policies []*policy
	for _, kind := range adminKinds() {
		scope := model.Scope{Group: adminGroup, Kind: kind}
		if hidden(v, scope) {
			tier := AdminTier
			if kind == "BaselineAdminNetworkPolicy" {
				tier = BaselineTier
			}
			policies = append(policies, unreadPolicy(scope, tier, podSet{hosts: neverHosts}))
		}
	}
	scope := model.Scope{Group: networkingv1.GroupName, Kind: "NetworkPolicy"}
	if !hidden(v, scope) {
		return policies
	}
	for i := range namespaces {
		scope.Namespace = namespaces[i].name
		if hidden(v, scope) {
			policies = append(policies, unreadPolicy(scope, NetworkPolicyTier, podSet{namespace: scope.Namespace}))
		}
	}
	return policies
}

func unreadPolicy(scope model.Scope, tier Tier, subject podSet) *policy {
	p := &policy{scope: scope, tier: tier, priority: beforeAll, subject: subject}
	p.distrust("", scope.String()+" could not be read, or not all of it")
	return p
}
