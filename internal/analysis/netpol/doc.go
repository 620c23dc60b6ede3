// Package netpol decides who may open a connection to whom, on which port, as far
// as network policies say: NetworkPolicy, AdminNetworkPolicy and
// BaselineAdminNetworkPolicy (policy.networking.k8s.io/v1alpha1), and
// ClusterNetworkPolicy (v1alpha2); and the policies of Cilium and of Calico, as far as
// cilium.go and calico.go say.
//
// Model makes a Network of a snapshot. Ask it about two ends and a port (Verdict,
// Explain), or for everything that is not denied (Each, Flows). What it could not
// understand is never allowed and never denied: it is Unknown, and Gaps says why.
//
// The rules come from the API's documentation
// (k8s.io/api/networking/v1/types.go, sigs.k8s.io/network-policy-api/apis) and from
// https://kubernetes.io/docs/concepts/services-networking/network-policies/. Where
// that leaves it open, a Profile says what a network plugin does.
//
// How it works: docs/decisions/0012-network.md.
package netpol
