// Package reach says who can reach whom: it joins what every layer that can forbid a
// connection says of it. A connection is there if every layer lets it through.
//
// Of makes the Network of a snapshot. Its Connections are a stream, so that a list of
// any length takes no memory; Matrix gathers them by pair of peers, where what many
// pairs have in common is kept once; Diff compares two networks by what can be
// reached, however it is written.
//
// The layers are the network policies (package netpol); what serves Ingresses, Gateways
// and Routes is one peer, whose ways in are those of package exposure. A Condition is for
// what lets some requests of a connection through and not others: policies of a mesh
// (package mesh) belong into Connections, where they cut ranges of ports. They are not
// joined: of a mesh only the tunnels of ambient mode count, which hide ports from
// network policies.
package reach
