package generate

import (
	"net/netip"

	"holdfast.dev/holdfast/internal/analysis/netpol"
)

// DefaultName is the name of the policy of a namespace that denies what no other
// policy allows, except DNS.
const DefaultName = "default-deny"

// ManagedBy is the value of the label app.kubernetes.io/managed-by of what Generate
// writes. Policies that have it are taken to be of an earlier time, and replaced.
const ManagedBy = "holdfast"

// NoMerge leaves outside addresses as they are.
const NoMerge = -1

// Options say what to generate.
type Options struct {
	Profile netpol.Profile
	// Namespaces that get policies. Empty: those of the workloads that connections
	// begin or end at (of manifests, of all workloads), without the ones that
	// Kubernetes keeps for itself.
	Namespaces []string
	// Outside are blocks of private addresses that are known to be no pod's.
	Outside []netip.Prefix
	// MergeBits makes one block of this many bits of the outside IPv4 addresses that
	// are in it, where they are more than one; of IPv6 one of four times as many, at
	// most 64. NoMerge names each address.
	MergeBits int
	// APIServer are where the API server listens: workloads that mount a token of their
	// account may connect to it. FromEndpoints adds what the cluster says of itself.
	APIServer     []netip.AddrPort
	FromEndpoints bool
	// Replace takes the other NetworkPolicies of those namespaces as deleted.
	Replace bool
}
