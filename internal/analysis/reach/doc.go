// Package reach says who can reach whom: it joins what every layer that can forbid a
// connection says of it. A connection is there if every layer lets it through.
//
// Of makes the Network of a snapshot. Its Connections are a stream, so that a list of
// any length takes no memory; Matrix gathers them by pair of peers, where what many
// pairs have in common is kept once; Diff compares two networks by what can be
// reached, however it is written.
//
// The layers are the network policies (package netpol) and service meshes (package
// mesh), which carry TCP between workloads: what a tunnel carries meets policies as
// what it is on the wire. A Condition says which requests of a connection a mesh lets
// through. What serves Ingresses, Gateways and Routes is one peer, whose ways in are
// those of package exposure.
package reach
