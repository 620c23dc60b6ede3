package mesh

// Tunnel is the port on which pods of the plane take connections that carry those to
// other ports, 0 where they take none. Sidecars may be told to.
func (p Plane) Tunnel() uint16 {
	switch p {
	case Ambient, Gateway, Sidecarred:
		return hbone
	case Linkerd:
		return linkerdInbound
	default:
		return 0
	}
}

// Istio reports whether the plane is one of Istio's.
func (p Plane) Istio() bool { return p.istio() }

// RootNamespace is where Istio's control plane is, as far as its configuration says.
func (m *Mesh) RootNamespace() string { return istioConfig.Of(m.view, struct{}{}).RootNamespace }

// LinkerdNamespace is where Linkerd's control plane is.
func (m *Mesh) LinkerdNamespace() string { return linkerdConfig.Of(m.view, struct{}{}).Namespace }
