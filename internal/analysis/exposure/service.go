package exposure

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/model"
)

// doorsOfService adds the paths that a Service opens by itself. An ExternalName is a
// name in DNS only. kube-proxy handles no headless Service
// (k8s.io/kubernetes/pkg/proxy/util, ShouldSkipService).
func (b *builder) doorsOfService(s *service) {
	spec := &s.spec.Spec
	balancer, node := spec.Type == corev1.ServiceTypeLoadBalancer, opensNodePorts(spec)
	private := s.spec.Annotations["tailscale.com/expose"] == "true"
	if spec.Type == corev1.ServiceTypeExternalName || !balancer && !node && !private && len(spec.ExternalIPs) == 0 {
		return
	}
	if spec.ClusterIP == corev1.ClusterIPNone {
		b.breaks(wayOfService(spec), s.object, "the Service is headless: no node and no load balancer forwards to it", s.object.Evidence("spec.clusterIP", spec.ClusterIP))
		return
	}
	for i := range spec.Ports {
		found := b.targets(s, &spec.Ports[i], model.Path("spec.ports").Index(i))
		if len(found.targets) == 0 {
			b.breaks(wayOfService(spec), s.object, found.reason, found.evidence...)
			continue
		}
		if balancer || private {
			b.add(found, b.balancerPath(s, i, private && !balancer))
		}
		if node {
			b.add(found, b.nodePortPath(s, i))
		}
		if len(spec.ExternalIPs) > 0 {
			b.add(found, b.externalIPPath(s, i))
		}
	}
}

func wayOfService(spec *corev1.ServiceSpec) Way {
	switch {
	case spec.Type == corev1.ServiceTypeLoadBalancer:
		return LoadBalancer
	case spec.Type == corev1.ServiceTypeNodePort:
		return NodePort
	default:
		return ExternalIP
	}
}

// opensNodePorts reports whether every node forwards to the Service. A load balancer
// has node ports unless it says otherwise, and ports that were given stay.
func opensNodePorts(spec *corev1.ServiceSpec) bool {
	switch spec.Type {
	case corev1.ServiceTypeNodePort:
		return true
	case corev1.ServiceTypeLoadBalancer:
		given := slices.ContainsFunc(spec.Ports, func(p corev1.ServicePort) bool { return p.NodePort != 0 })
		return given || spec.AllocateLoadBalancerNodePorts == nil || *spec.AllocateLoadBalancerNodePorts
	default:
		return false
	}
}

// servicePath is what the paths of one port of a Service have in common.
func servicePath(s *service, way Way, port int, evidence ...model.Evidence) Path {
	spec := &s.spec.Spec
	p := Path{
		Way: way, Entry: s.object, Service: s.object, Protocol: spec.Ports[port].Protocol, Port: spec.Ports[port].Port,
		TLS: TLS{Mode: TLSByPod}, ExternalTrafficPolicy: spec.ExternalTrafficPolicy, Evidence: evidence,
	}
	if spec.InternalTrafficPolicy != nil {
		p.InternalTrafficPolicy = *spec.InternalTrafficPolicy
	}
	if spec.ExternalTrafficPolicy != "" {
		p.Evidence = append(p.Evidence, s.object.Evidence("spec.externalTrafficPolicy", string(spec.ExternalTrafficPolicy)))
	}
	return p
}

func (b *builder) balancerPath(s *service, port int, exposed bool) Path {
	spec := &s.spec.Spec
	at := model.Path("spec.ports").Index(port)
	p := servicePath(s, LoadBalancer, port, s.object.Evidence("spec.type", string(spec.Type)), s.object.Evidence(at+".port", fmt.Sprint(spec.Ports[port].Port)))
	if exposed {
		const key = "tailscale.com/expose"
		p.Evidence[0] = s.object.Evidence(annotation(key), s.spec.Annotations[key])
		p.Sources.Audience = PrivateNetwork
		return p
	}
	if class := spec.LoadBalancerClass; class != nil {
		p.Evidence = append(p.Evidence, s.object.Evidence("spec.loadBalancerClass", *class))
		p.Conditions = append(p.Conditions, "a controller for the class "+*class+" makes the load balancer")
	}
	p.Addresses = balancerAddresses(s.spec)
	if b.live && len(p.Addresses) == 0 {
		p.Conditions = append(p.Conditions, "the provider has given the load balancer no address yet")
	}
	var evidence []model.Evidence
	p.Sources, evidence, p.Conditions = balancerSources(s, p.Conditions)
	p.Evidence = append(p.Evidence, evidence...)
	if mode, key := balancerTLS(s.spec, &spec.Ports[port]); key != "" {
		p.TLS.Mode = mode
		p.Evidence = append(p.Evidence, s.object.Evidence(annotation(key), s.spec.Annotations[key]))
	}
	return p
}

// balancerAddresses are those that the provider gave, else the one asked for.
func balancerAddresses(s *corev1.Service) []string {
	var addresses []string
	for i := range s.Status.LoadBalancer.Ingress {
		if in := &s.Status.LoadBalancer.Ingress[i]; in.IP != "" {
			addresses = append(addresses, in.IP)
		} else if in.Hostname != "" {
			addresses = append(addresses, in.Hostname)
		}
	}
	if len(addresses) == 0 && s.Spec.LoadBalancerIP != "" {
		addresses = []string{s.Spec.LoadBalancerIP}
	}
	return addresses
}

// balancerSources says who can use a load balancer, and which fields say so.
func balancerSources(s *service, conditions []string) (Sources, []model.Evidence, []string) {
	ranges, at := SourceRanges(s.spec)
	sources := Sources{Audience: Anyone}
	var evidence []model.Evidence
	if key := FilteredBy(s.spec); key != "" {
		evidence = append(evidence, s.object.Evidence(annotation(key), s.spec.Annotations[key]))
		conditions = append(conditions, "a filter of the provider lets the client through ("+key+")")
		sources.Audience = Filtered
	}
	if internal, key := InternalBalancer(s.spec); internal {
		sources.Audience = PrivateNetwork
		if key != "" {
			evidence = append(evidence, s.object.Evidence(annotation(key), s.spec.Annotations[key]))
		}
	} else if privateAddresses(s.spec.Status.LoadBalancer.Ingress) {
		sources.Audience = PrivateNetwork
		evidence = append(evidence, s.object.Evidence("status.loadBalancer.ingress", strings.Join(balancerAddresses(s.spec), ", ")))
	}
	if len(ranges) == 0 {
		return sources, evidence, conditions
	}
	evidence = append(evidence, s.object.Evidence(at, strings.Join(ranges, ", ")))
	prefixes := ParsePrefixes(ranges)
	switch {
	case len(prefixes) < len(ranges):
		// Some is no address block: what the provider makes of it is not known.
		sources.Audience = min(sources.Audience, Filtered)
		return sources, evidence, append(conditions, "not every source range is an address block")
	case sources.Audience == Anyone && !everyAddress(prefixes):
		sources.Audience = Listed
	}
	if !everyAddress(prefixes) {
		sources.Ranges = prefixes
	}
	return sources, evidence, conditions
}

// everyAddress reports whether all of IPv4 or all of IPv6 is among prefixes.
func everyAddress(prefixes []netip.Prefix) bool {
	return WholeFamily(prefixes, false) || WholeFamily(prefixes, true)
}

// nodePortPath is the path over the nodes. Source ranges of a load balancer do not
// hold there: kube-proxy compares them for addresses of the load balancer only
// (k8s.io/kubernetes/pkg/proxy/iptables, writeServiceToEndpointRules and the
// firewall chain of a Service).
func (b *builder) nodePortPath(s *service, port int) Path {
	at := model.Path("spec.ports").Index(port)
	given := s.spec.Spec.Ports[port].NodePort
	p := servicePath(s, NodePort, port, s.object.Evidence("spec.type", string(s.spec.Spec.Type)))
	p.Port = given
	if given != 0 {
		p.Evidence = append(p.Evidence, s.object.Evidence(at+".nodePort", fmt.Sprint(given)))
	} else {
		p.Conditions = append(p.Conditions, "the API server chooses the node port (30000-32767 unless it is set up otherwise)")
	}
	b.viaNodes(&p)
	return p
}

// viaNodes says how nodes are reached: by their public addresses where they have
// some, else by who is in their network.
func (b *builder) viaNodes(p *Path) {
	p.Sources.Audience = NodeNetwork
	p.Addresses = b.nodeAddresses
	if len(p.Addresses) > 0 {
		p.Sources.Audience = Anyone
	}
	p.Conditions = append(p.Conditions, "no firewall in front of the nodes forbids it")
}

func (b *builder) externalIPPath(s *service, port int) Path {
	spec := &s.spec.Spec
	p := servicePath(s, ExternalIP, port, s.object.Evidence("spec.externalIPs", strings.Join(spec.ExternalIPs, ", ")),
		s.object.Evidence(model.Path("spec.ports").Index(port)+".port", fmt.Sprint(spec.Ports[port].Port)))
	p.Addresses = spec.ExternalIPs
	p.Sources.Audience = Anyone
	if !slices.ContainsFunc(spec.ExternalIPs, func(text string) bool {
		addr, err := netip.ParseAddr(text)
		return err != nil || !addr.IsPrivate()
	}) {
		p.Sources.Audience = PrivateNetwork
	}
	p.Conditions = append(p.Conditions, "the network brings packets for the address to a node")
	return p
}

// publicNodeAddresses are the external addresses of the nodes, sorted.
func publicNodeAddresses(nodes []*corev1.Node) []string {
	var addresses []string
	for _, node := range nodes {
		for _, address := range node.Status.Addresses {
			if address.Type == corev1.NodeExternalIP {
				addresses = append(addresses, address.Address)
			}
		}
	}
	slices.Sort(addresses)
	return slices.Compact(addresses)
}
