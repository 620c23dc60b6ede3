package netpol

import (
	"fmt"

	"holdfast.dev/holdfast/internal/snapshot"
)

// pluginKinds lists the kinds of policies of network plugins that are understood.
func pluginKinds() []snapshot.GroupKind {
	return []snapshot.GroupKind{
		{Group: ciliumGroup, Kind: "CiliumNetworkPolicy"},
		{Group: ciliumGroup, Kind: "CiliumClusterwideNetworkPolicy"},
		{Group: calicoGroup, Kind: "NetworkPolicy"},
		{Group: calicoGroup, Kind: "GlobalNetworkPolicy"},
		{Group: calicoStore, Kind: "NetworkPolicy"},
		{Group: calicoStore, Kind: "GlobalNetworkPolicy"},
	}
}

// pluginPolicies reads the policies of Cilium and of Calico. A cluster has the one or
// the other: with policies of both nobody can say which of them are enforced.
var pluginPolicies = snapshot.Memo[struct{}, []*policy]{Name: "netpol.pluginpolicies", Compute: func(v *snapshot.View, _ struct{}) []*policy {
	cilium, calico := ciliumPolicies(v), calicoPolicies(v)
	if len(cilium) == 0 || len(calico) == 0 {
		return append(cilium, calico...)
	}
	for _, p := range append(cilium, calico...) {
		other := calico[0]
		if p.object.Group != ciliumGroup {
			other = cilium[0]
		}
		if p.problem == "" {
			p.subject.hosts = nodesAsWell
			p.distrustPlugin("", fmt.Sprintf("there are policies of Cilium and of Calico, such as %s: which are enforced is not known", other.object.ID))
		}
	}
	return append(cilium, calico...)
}}
