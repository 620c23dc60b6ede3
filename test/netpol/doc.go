// Package netpol compares internal/analysis/netpol with what enforces, or simulates,
// network policies, on generated clusters and policies: the policy engine of Cilium,
// with the parts of its agent that read pods and policies; the selectors of Calico and
// the checker of rules that it runs beside pods; and the simulator of cyclonus. Calico's
// Felix, which orders policies and knows egress and UDP, needs the module
// github.com/projectcalico/api, which the Go proxy does not serve.
//
// It is a module of its own, so that their dependencies stay out of Holdfast's;
// tools/test runs it. TestReviewed lists the differences that are theirs.
package netpol
