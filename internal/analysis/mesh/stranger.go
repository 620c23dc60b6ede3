package mesh

// Anyone says what becomes of the connections of a client of which nothing is known,
// not even whether it is in a mesh, to a port of a server: what holds in either case,
// whatever its identity.
func (m *Mesh) Anyone(server *Workload, port uint16, l4 L4) Verdict {
	verdict := m.Reach(nil, server, port, l4)
	for _, to := range m.Candidates(server) {
		other := Join(m.stranger(to, port), l4)
		if other.Access != verdict.Access || other.Condition != verdict.Condition {
			way := direct(nil, server, port)
			way.add(Reason{Text: "it depends on whether the client is in the mesh and as whom, and that is not known"})
			return combine([]Way{way})
		}
		if other.Transport != verdict.Transport {
			verdict.Transport = TransportUnknown
		}
	}
	return verdict
}

// stranger is the verdict on a client that is in the mesh of the server, under an
// identity that is not known.
func (m *Mesh) stranger(server *Workload, port uint16) Verdict {
	way := direct(nil, server, port)
	switch server.Plane {
	case Sidecarred, Ambient:
		if reason, changed := m.filtered(server); changed {
			way.add(reason)
			break
		}
		if in, reason := m.proxied(server, port); in.value != always {
			way.add(reason)
			break
		}
		way.Transport = MutualTLS
		if server.Plane == Ambient {
			way.Hops[0].Port = hbone
		}
		m.authorize(&way, server, request{port: port, protocol: m.protocol(server, port)})
	case Linkerd:
		plain := m.linkerdVerdict(nil, server, port)
		if plain.Access == Allowed && len(linkerdPoliciesOf.Of(m.view, struct{}{}).servers[server.Namespace()]) == 0 {
			return plain // the default policy lets everybody in
		}
	default:
		return m.Verdict(nil, server, port)
	}
	return combine([]Way{way})
}
