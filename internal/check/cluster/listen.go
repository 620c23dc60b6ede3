package cluster

// mustListenLocally judges where a controller manager or scheduler listens. Until
// 1.22 there is a second port, without TLS or login.
func (s subject) mustListenLocally() {
	if w := s.c.Workload(); w != nil && !w.Spec.HostNetwork {
		s.c.Skip() // a hosted control plane: its pods have networks of their own, and probes need them
		return
	}
	if f, ok := s.known("bind-address"); ok && !isLocal(f.Value) {
		fix(s.fail(f, "listens on addresses that others reach"), f, 2, "127.0.0.1")
	}
	port, ok := s.known("port")
	if !ok || port.Is("0") || port.Value == "" {
		return
	}
	if address, ok := s.known("address"); ok && !isLocal(address.Value) {
		fix(s.failKey(s.Name+" insecure", port, "listens without TLS on addresses that others reach"), port, 1, 0)
	}
}
