// Package generate writes the NetworkPolicies that allow the connections that were
// observed or declared and nothing else, with the proof.
//
// A Collector gathers connections: from flows that something saw (Observe), or from
// what manifests say (Declare). Generate makes policies of them, lays them over the
// snapshot and asks analysis/netpol what is then allowed: everything that was asked
// for and nothing more, and that no part can be left out. What stands in the way is
// in the Certificate, never passed over.
//
// What of NetworkPolicy it rests on:
// https://kubernetes.io/docs/concepts/services-networking/network-policies/ and
// k8s.io/api/networking/v1/types.go.
package generate
