package netpol

import "fmt"

// Treatment says how a network plugin handles what the API leaves open. The zero
// value leaves it open: where it matters, the verdict is Undefined.
type Treatment uint8

// The treatments.
const (
	Open    Treatment = iota
	Applies           // policies apply as to any other pod or address
	Ignores           // policies do not apply
)

// Profile is how a network plugin behaves where NetworkPolicy leaves it open. The
// zero value leaves everything open. The admin tiers leave neither open: see the
// comments of ClusterNetworkPolicySubject and of Networks in
// sigs.k8s.io/network-policy-api/apis/v1alpha2.
type Profile struct {
	Name string
	// HostNetwork: whether NetworkPolicy governs and selects pods in the network of
	// their node. One that ignores them treats them as the node, which always reaches
	// the pods that run on it, and the other way round.
	HostNetwork Treatment
	// PodBlocks: whether an ipBlock also means pods with such addresses.
	PodBlocks Treatment
	// NodeBlocks: whether an ipBlock that means no pods, with PodBlocks Ignores, means
	// nodes. Applies: it does; else it is left open.
	NodeBlocks Treatment
}

// Profiles lists the named profiles. Each carries documented facts only:
//
//   - default leaves open what Kubernetes leaves open.
//   - calico: an ipBlock is a set of addresses, whoever has them, and pods in the
//     network of their node are no workload endpoints
//     (https://docs.tigera.io/calico/latest/reference/host-endpoints/overview).
//   - cilium: a CIDR never means what Cilium manages, pods included, and host
//     networking pods have the identity of their node
//     (https://docs.cilium.io/en/stable/security/policy/language/#ip-cidr-based,
//     https://docs.cilium.io/en/stable/gettingstarted/terminology/#special-identities).
func Profiles() []Profile {
	return []Profile{
		{Name: "default"},
		{Name: "calico", HostNetwork: Ignores, PodBlocks: Applies},
		{Name: "cilium", HostNetwork: Ignores, PodBlocks: Ignores},
	}
}

// ProfileByName finds a named profile. The error lists the names that there are.
func ProfileByName(name string) (Profile, error) {
	names := ""
	for _, p := range Profiles() {
		if p.Name == name {
			return p, nil
		}
		names += ", " + p.Name
	}
	return Profile{}, fmt.Errorf("%q is no network profile: use one of %s", name, names[2:])
}
