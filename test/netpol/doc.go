// Package netpol compares internal/analysis/netpol with what enforces, or simulates,
// network policies: the policy engine of Cilium, the selectors and the rule checker of
// Calico, and the simulator of cyclonus, on generated clusters and policies. It is a
// module of its own, so that their dependencies stay out of Holdfast's; tools/test
// runs it.
package netpol
