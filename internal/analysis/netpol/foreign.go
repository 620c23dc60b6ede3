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
	all := append(PolicyKinds(), snapshot.GroupKind{Kind: "Namespace"}, snapshot.GroupKind{Kind: "Node"})
	for _, kind := range workload.Kinds() {
		all = append(all, groupKind(kind))
	}
	return append(all, scalerKinds()...)
}

// PolicyKinds lists the kinds that can forbid connections, and what they refer to.
func PolicyKinds() []snapshot.GroupKind {
	all := []snapshot.GroupKind{{Group: networkingv1.GroupName, Kind: "NetworkPolicy"}}
	for _, kind := range adminKinds() {
		all = append(all, snapshot.GroupKind{Group: adminGroup, Kind: kind})
	}
	for _, kind := range foreignKinds() {
		all = append(all, kind.GroupKind)
	}
	for _, group := range []string{calicoGroup, calicoStore} {
		for _, kind := range []string{"Tier", "NetworkSet", "GlobalNetworkSet"} {
			all = append(all, snapshot.GroupKind{Group: group, Kind: kind})
		}
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
	hosts      hostPods // whether it is about the pods in the network of their node
	understood bool     // pluginPolicies reads it
}

// foreignKinds lists the kinds of policies of network plugins. What those could change
// that are not understood, or not read, is Unknown. Those of service meshes are not
// among them.
func foreignKinds() []foreignKind {
	both := []Direction{Egress, Ingress}
	var kinds []foreignKind
	for _, gk := range pluginKinds() {
		kinds = append(kinds, foreignKind{gk, both, nodesAsWell, true})
	}
	return append(kinds, []foreignKind{
		{snapshot.GroupKind{Group: calicoGroup, Kind: "HostEndpoint"}, both, onlyHosts, false},
		{snapshot.GroupKind{Group: calicoStore, Kind: "HostEndpoint"}, both, onlyHosts, false},
		{snapshot.GroupKind{Group: "crd.antrea.io", Kind: "NetworkPolicy"}, both, nodesAsWell, false},
		{snapshot.GroupKind{Group: "crd.antrea.io", Kind: "ClusterNetworkPolicy"}, both, nodesAsWell, false},
		{snapshot.GroupKind{Group: "crd.nsx.vmware.com", Kind: "SecurityPolicy"}, both, nodesAsWell, false},
		{snapshot.GroupKind{Group: "k8s.ovn.org", Kind: "EgressFirewall"}, []Direction{Egress}, nodesAsWell, false},
		{snapshot.GroupKind{Group: "networking.gke.io", Kind: "FQDNNetworkPolicy"}, []Direction{Egress}, nodesAsWell, false},
		{snapshot.GroupKind{Group: "networking.k8s.aws", Kind: "ApplicationNetworkPolicy"}, both, nodesAsWell, false},
		{snapshot.GroupKind{Group: "networking.k8s.aws", Kind: "ClusterNetworkPolicy"}, both, nodesAsWell, false},
		{snapshot.GroupKind{Group: "vpcresources.k8s.aws", Kind: "SecurityGroupPolicy"}, both, nodesAsWell, false},
		{snapshot.GroupKind{Group: "isovalent.com", Kind: "IsovalentNetworkPolicy"}, both, nodesAsWell, false},
		{snapshot.GroupKind{Group: "isovalent.com", Kind: "IsovalentClusterwideNetworkPolicy"}, both, nodesAsWell, false},
		{snapshot.GroupKind{Group: "network.openshift.io", Kind: "EgressNetworkPolicy"}, []Direction{Egress}, nodesAsWell, false},
	}...)
}

// foreignPolicies makes policies that may do anything of those that are not
// understood. They may come before all others, and apply to nodes.
func foreignPolicies(v *snapshot.View) []*policy {
	var policies []*policy
	for _, kind := range foreignKinds() {
		for _, object := range v.Objects(kind.GroupKind, "") {
			if kind.understood {
				break
			}
			p := &policy{
				object: object, scope: object.Scope(), tier: AdminTier, priority: beforeAll,
				subject: podSet{namespace: object.Namespace, hosts: kind.hosts},
			}
			for _, d := range kind.directions {
				p.sides[d] = &side{wild: true}
			}
			p.distrust("", fmt.Sprintf("policies of the kind %s are not understood", kind.GroupKind))
			policies = append(policies, p)
		}
		if scope := (model.Scope{Group: kind.Group, Kind: kind.Kind}); hidden(v, scope) {
			p := unreadPolicy(scope, AdminTier, podSet{hosts: kind.hosts})
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
