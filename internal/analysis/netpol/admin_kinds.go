package netpol

import (
	policyv1alpha1 "sigs.k8s.io/network-policy-api/apis/v1alpha1"
	policyv1alpha2 "sigs.k8s.io/network-policy-api/apis/v1alpha2"

	"holdfast.dev/holdfast/internal/model"
)

// adminPods selects pods by namespace; both versions of the API have it.
type adminPods = policyv1alpha2.NamespacedPod

func (p *policy) readAdmin(r *adminReading, anp *policyv1alpha1.AdminNetworkPolicy) {
	r.limit, r.accepts, r.passes = 100, string(policyv1alpha1.AdminNetworkPolicyRuleActionAllow), true
	p.priority = r.priority(anp.Spec.Priority)
	p.readV1alpha1(r, &anp.Spec)
}

// readBaseline reads the one policy of its kind: the API server takes no other name.
func (p *policy) readBaseline(r *adminReading, banp *policyv1alpha1.BaselineAdminNetworkPolicy) {
	r.limit, r.accepts = 100, string(policyv1alpha1.BaselineAdminNetworkPolicyRuleActionAllow)
	p.tier, p.alone = BaselineTier, true
	if p.object.Name != "default" {
		r.refuse("metadata.name", "%q: the only BaselineAdminNetworkPolicy is called default", p.object.Name)
	}
	p.readV1alpha1(r, asAdmin(&banp.Spec))
}

// asAdmin is what a baseline says in the fields of an AdminNetworkPolicy, which has them
// all.
func asAdmin(spec *policyv1alpha1.BaselineAdminNetworkPolicySpec) *policyv1alpha1.AdminNetworkPolicySpec {
	as := &policyv1alpha1.AdminNetworkPolicySpec{Subject: spec.Subject}
	for i := range spec.Ingress {
		rule := &spec.Ingress[i]
		as.Ingress = append(as.Ingress, policyv1alpha1.AdminNetworkPolicyIngressRule{
			Action: policyv1alpha1.AdminNetworkPolicyRuleAction(rule.Action), From: rule.From, Ports: rule.Ports,
		})
	}
	for i := range spec.Egress {
		rule := &spec.Egress[i]
		to := make([]policyv1alpha1.AdminNetworkPolicyEgressPeer, len(rule.To))
		for j, peer := range rule.To {
			to[j] = policyv1alpha1.AdminNetworkPolicyEgressPeer{Namespaces: peer.Namespaces, Pods: peer.Pods, Nodes: peer.Nodes, Networks: peer.Networks}
		}
		as.Egress = append(as.Egress, policyv1alpha1.AdminNetworkPolicyEgressRule{
			Action: policyv1alpha1.AdminNetworkPolicyRuleAction(rule.Action), To: to, Ports: rule.Ports,
		})
	}
	return as
}

func (p *policy) readV1alpha1(r *adminReading, spec *policyv1alpha1.AdminNetworkPolicySpec) {
	p.subject = r.subject(spec.Subject.Namespaces, (*adminPods)(spec.Subject.Pods))
	p.sides[Ingress] = r.rules("spec.ingress", len(spec.Ingress), func(read *rule) {
		from := &spec.Ingress[read.index]
		r.action(read, string(from.Action))
		r.peers(read, read.path.Child("from"), len(from.From), func(i int) adminPeer {
			return adminPeer{namespaces: from.From[i].Namespaces, pods: (*adminPods)(from.From[i].Pods)}
		})
		r.portsV1alpha1(read, from.Ports)
	})
	p.sides[Egress] = r.rules("spec.egress", len(spec.Egress), func(read *rule) {
		to := &spec.Egress[read.index]
		r.action(read, string(to.Action))
		r.peers(read, read.path.Child("to"), len(to.To), func(i int) adminPeer {
			peer := &to.To[i]
			return adminPeer{
				namespaces: peer.Namespaces, pods: (*adminPods)(peer.Pods), nodes: peer.Nodes,
				networks: texts(peer.Networks), domains: texts(peer.DomainNames),
			}
		})
		r.portsV1alpha1(read, to.Ports)
	})
}

func (p *policy) readCluster(r *adminReading, cnp *policyv1alpha2.ClusterNetworkPolicy) {
	r.limit, r.accepts, r.passes = 25, string(policyv1alpha2.ClusterNetworkPolicyRuleActionAccept), true
	p.priority = r.priority(cnp.Spec.Priority)
	switch cnp.Spec.Tier {
	case policyv1alpha2.AdminTier:
	case policyv1alpha2.BaselineTier:
		p.tier = BaselineTier
	default:
		r.refuse("spec.tier", "%q is neither Admin nor Baseline", cnp.Spec.Tier)
		p.priority = beforeAll
	}
	p.subject = r.subject(cnp.Spec.Subject.Namespaces, cnp.Spec.Subject.Pods)
	p.sides[Ingress] = r.rules("spec.ingress", len(cnp.Spec.Ingress), func(read *rule) {
		from := &cnp.Spec.Ingress[read.index]
		r.action(read, string(from.Action))
		r.peers(read, read.path.Child("from"), len(from.From), func(i int) adminPeer {
			return adminPeer{namespaces: from.From[i].Namespaces, pods: from.From[i].Pods}
		})
		r.protocols(read, from.Protocols)
	})
	p.sides[Egress] = r.rules("spec.egress", len(cnp.Spec.Egress), func(read *rule) {
		to := &cnp.Spec.Egress[read.index]
		r.action(read, string(to.Action))
		r.peers(read, read.path.Child("to"), len(to.To), func(i int) adminPeer {
			peer := &to.To[i]
			return adminPeer{
				namespaces: peer.Namespaces, pods: peer.Pods, nodes: peer.Nodes,
				networks: texts(peer.Networks), domains: texts(peer.DomainNames),
			}
		})
		r.protocols(read, to.Protocols)
	})
}

// portsV1alpha1 reads the ports of a rule; one without ports is about all.
func (r *adminReading) portsV1alpha1(read *rule, ports *[]policyv1alpha1.AdminNetworkPolicyPort) {
	path := read.path.Child("ports")
	if ports == nil {
		read.ports = allPorts()
		return
	}
	if len(*ports) == 0 || len(*ports) > r.limit {
		r.refuse(path, "a rule has 1 to %d ports, not %d", r.limit, len(*ports))
	}
	for i := range *ports {
		port, at := &(*ports)[i], path.Index(i)
		if bit(port.PortNumber != nil)+bit(port.PortRange != nil)+bit(port.NamedPort != nil) != 1 {
			r.refuse(at, "exactly one of portNumber, portRange and namedPort must be set")
			continue
		}
		switch {
		case port.PortNumber != nil:
			protocol := r.protocol(at.Child("portNumber").Child("protocol"), string(port.PortNumber.Protocol))
			read.ports = append(read.ports, r.ports(at.Child("portNumber"), protocol, port.PortNumber.Port, port.PortNumber.Port))
		case port.PortRange != nil:
			protocol := r.protocol(at.Child("portRange").Child("protocol"), string(port.PortRange.Protocol))
			read.ports = append(read.ports, r.ports(at.Child("portRange"), protocol, port.PortRange.Start, port.PortRange.End))
		default:
			r.named(read, at.Child("namedPort"), portName{name: *port.NamedPort, anyProtocol: true})
		}
	}
}

// protocols reads the protocols of a rule; one without any is about all.
func (r *adminReading) protocols(read *rule, protocols []policyv1alpha2.ClusterNetworkPolicyProtocol) {
	path := read.path.Child("protocols")
	if protocols == nil {
		read.ports = allPorts()
		return
	}
	if len(protocols) == 0 || len(protocols) > r.limit {
		r.refuse(path, "a rule has 1 to %d protocols, not %d", r.limit, len(protocols))
	}
	for i := range protocols {
		p, at := &protocols[i], path.Index(i)
		if bit(p.TCP != nil)+bit(p.UDP != nil)+bit(p.SCTP != nil)+bit(p.DestinationNamedPort != "") != 1 {
			r.refuse(at, "exactly one of tcp, udp, sctp and destinationNamedPort must be set")
			continue
		}
		switch {
		case p.TCP != nil:
			r.portV1alpha2(read, at.Child("tcp"), TCP, p.TCP.DestinationPort)
		case p.UDP != nil:
			r.portV1alpha2(read, at.Child("udp"), UDP, p.UDP.DestinationPort)
		case p.SCTP != nil:
			r.portV1alpha2(read, at.Child("sctp"), SCTP, p.SCTP.DestinationPort)
		default:
			r.named(read, at.Child("destinationNamedPort"), portName{name: p.DestinationNamedPort, anyProtocol: true})
		}
	}
}

func (r *adminReading) portV1alpha2(read *rule, path model.Path, protocol Protocol, port *policyv1alpha2.Port) {
	path = path.Child("destinationPort")
	switch {
	case port == nil:
		r.refuse(path, "a protocol needs something to match")
	case (port.Number != 0) == (port.Range != nil):
		r.refuse(path, "exactly one of number and range must be set")
	case port.Range != nil:
		read.ports = append(read.ports, r.ports(path.Child("range"), protocol, port.Range.Start, port.Range.End))
	default:
		read.ports = append(read.ports, r.ports(path.Child("number"), protocol, port.Number, port.Number))
	}
}

func texts[T ~string](values []T) []string {
	list := make([]string, len(values))
	for i, value := range values {
		list[i] = string(value)
	}
	return list
}
