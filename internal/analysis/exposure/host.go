package exposure

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
)

// hosts adds the paths that pods open on their nodes by themselves.
func (b *builder) hosts() {
	for _, w := range workload.All(b.v) {
		switch {
		case w.Object.Kind == "PodTemplate":
		case w.Spec.HostNetwork:
			b.hostNetwork(w)
		default:
			b.hostPorts(w)
		}
	}
}

// hostPorts adds a path for each port that the node forwards to a container.
func (b *builder) hostPorts(w *workload.Workload) {
	eachPort(w, func(c *workload.Container, p *corev1.ContainerPort, at model.Path) {
		if p.HostPort != 0 {
			b.hostPort(w, c, p, at)
		}
	})
}

func (b *builder) hostPort(w *workload.Workload, c *workload.Container, p *corev1.ContainerPort, at model.Path) {
	evidence := []model.Evidence{c.Object.Evidence(at+".hostPort", portText(p.HostPort))}
	path := Path{
		Way: HostPort, Entry: w.Object, Protocol: p.Protocol, Port: p.HostPort, TLS: TLS{Mode: TLSByPod},
		Target:     Target{Workload: w, Protocol: p.Protocol, Port: p.ContainerPort, Name: p.Name},
		Conditions: idle(w),
	}
	b.viaNodes(&path)
	if address, err := netip.ParseAddr(p.HostIP); err == nil && !address.IsUnspecified() {
		evidence = append(evidence, c.Object.Evidence(at+".hostIP", p.HostIP))
		if address.IsLoopback() {
			b.breaks(HostPort, w.Object, "the port is open on the loopback address of the node only", evidence...)
			return
		}
		path.Addresses = []string{p.HostIP}
		path.Sources.Audience = Anyone
		if address.IsPrivate() || address.IsLinkLocalUnicast() {
			path.Sources.Audience = NodeNetwork
		}
	}
	path.Evidence = evidence
	b.paths = append(b.paths, path)
}

// hostNetwork adds the ports of a pod in the network of its node. What its processes
// listen on is written nowhere: a container port is what somebody said of it.
func (b *builder) hostNetwork(w *workload.Workload) {
	shared := w.Object.Evidence(w.Path+".hostNetwork", "true")
	door := Path{Way: HostNetwork, Entry: w.Object, Protocol: corev1.ProtocolTCP, TLS: TLS{Mode: TLSByPod}, Target: Target{Workload: w, Protocol: corev1.ProtocolTCP}}
	b.viaNodes(&door)
	door.Conditions = append(idle(w), door.Conditions...)
	listed := false
	eachPort(w, func(c *workload.Container, p *corev1.ContainerPort, at model.Path) {
		listed = true
		path := door
		path.Protocol, path.Port = p.Protocol, p.ContainerPort
		path.Target = Target{Workload: w, Protocol: p.Protocol, Port: p.ContainerPort, Name: p.Name}
		path.Evidence = []model.Evidence{shared, c.Object.Evidence(at+".containerPort", portText(p.ContainerPort))}
		path.Conditions = append(door.Conditions[:len(door.Conditions):len(door.Conditions)], "the process listens on the port at the address of the node; it may listen on ports that are not listed")
		b.paths = append(b.paths, path)
	})
	if !listed {
		// Every process of a node that listens can be reached, so this is no less of a
		// way in for being unnamed; but there may be none.
		door.Possible = true
		door.Evidence = []model.Evidence{shared}
		door.Conditions = append(door.Conditions, "a process of the pod listens: no container port is listed")
		b.paths = append(b.paths, door)
	}
}

// eachPort calls f with each port of the containers that run as long as the pod.
func eachPort(w *workload.Workload, f func(*workload.Container, *corev1.ContainerPort, model.Path)) {
	for i := range w.Containers {
		c := &w.Containers[i]
		if c.Type == workload.Init || c.Type == workload.Ephemeral {
			continue
		}
		for j := range c.Ports {
			f(c, &c.Ports[j], (c.Path + ".ports").Index(j))
		}
	}
}
