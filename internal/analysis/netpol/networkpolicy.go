package netpol

import (
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// networkPolicies reads the NetworkPolicies that are written for a namespace; "" are
// those of files that name none. A memo for each keeps what a change elsewhere does not
// touch.
var networkPolicies = snapshot.Memo[string, []*policy]{Name: "netpol.networkpolicies", Compute: func(v *snapshot.View, namespace string) []*policy {
	var policies []*policy
	objects := v.Objects(snapshot.GroupKind{Group: networkingv1.GroupName, Kind: "NetworkPolicy"}, namespace)
	same := alike(kinds.NetworkPolicies, func(np *networkingv1.NetworkPolicy) networkingv1.NetworkPolicySpec { return np.Spec })
	for i, object := range objects {
		if object.Namespace != namespace || i > 0 && objects[i-1].ID == object.ID {
			continue
		}
		p := &policy{object: object, scope: object.Scope(), tier: NetworkPolicyTier, subject: podSet{namespace: home(object)}}
		np, err := kinds.NetworkPolicies.Read(object)
		switch other := redefined(objects, i, same); {
		case other != "":
			p.distrust("", other)
		case err != nil:
			p.distrust("", err.Error())
		default:
			p.readNetworkPolicy(np)
		}
		policies = append(policies, p)
	}
	return policies
}}

// readNetworkPolicy follows ValidateNetworkPolicySpec of
// pkg/apis/networking/validation/validation.go; defaults are there already.
func (p *policy) readNetworkPolicy(np *networkingv1.NetworkPolicy) {
	r := &reading{}
	p.subject.pods = r.selector("spec.podSelector", &np.Spec.PodSelector)
	for i, direction := range np.Spec.PolicyTypes {
		switch direction {
		case networkingv1.PolicyTypeIngress:
			p.sides[Ingress] = r.ingress(p.subject.namespace, np)
		case networkingv1.PolicyTypeEgress:
			p.sides[Egress] = r.egress(p.subject.namespace, np)
		default:
			r.refuse(model.Path("spec.policyTypes").Index(i), "%q is neither Ingress nor Egress", direction)
		}
	}
	if r.problem != "" {
		p.distrust(r.path, r.problem)
	}
}

func (r *reading) ingress(namespace string, np *networkingv1.NetworkPolicy) *side {
	s := &side{isolates: true, rules: make([]rule, len(np.Spec.Ingress))}
	for i := range np.Spec.Ingress {
		path := model.Path("spec.ingress").Index(i)
		s.rules[i] = r.rule(namespace, i, path, path.Child("from"), np.Spec.Ingress[i].From, np.Spec.Ingress[i].Ports)
	}
	return s
}

func (r *reading) egress(namespace string, np *networkingv1.NetworkPolicy) *side {
	s := &side{isolates: true, rules: make([]rule, len(np.Spec.Egress))}
	for i := range np.Spec.Egress {
		path := model.Path("spec.egress").Index(i)
		s.rules[i] = r.rule(namespace, i, path, path.Child("to"), np.Spec.Egress[i].To, np.Spec.Egress[i].Ports)
	}
	return s
}

func (r *reading) rule(namespace string, index int, path, peersPath model.Path, peers []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort) rule {
	read := rule{index: index, path: path, action: allowed, anyone: len(peers) == 0}
	for i := range peers {
		read.peers = append(read.peers, r.peer(namespace, peersPath.Index(i), &peers[i]))
	}
	if len(ports) == 0 {
		read.ports = allPorts()
	}
	for i := range ports {
		r.port(&read, path.Child("ports").Index(i), &ports[i])
	}
	read.ports = normal(read.ports)
	return read
}

func (r *reading) peer(namespace string, path model.Path, np *networkingv1.NetworkPolicyPeer) peer {
	if np.IPBlock != nil {
		if np.PodSelector != nil || np.NamespaceSelector != nil {
			r.refuse(path, "a peer is either an ipBlock or selectors")
		}
		return peer{path: path, blocks: []block{r.block(path.Child("ipBlock"), np.IPBlock.CIDR, np.IPBlock.Except)}}
	}
	if np.PodSelector == nil && np.NamespaceSelector == nil {
		r.refuse(path, "the peer selects nothing")
	}
	set := &podSet{}
	if np.NamespaceSelector == nil {
		set.namespace = namespace
	} else {
		set.namespaces = r.selector(path.Child("namespaceSelector"), np.NamespaceSelector)
	}
	if np.PodSelector != nil {
		set.pods = r.selector(path.Child("podSelector"), np.PodSelector)
	}
	return peer{path: path, pods: set}
}

func (r *reading) port(read *rule, path model.Path, port *networkingv1.NetworkPolicyPort) {
	protocol := TCP
	if port.Protocol != nil {
		protocol = r.protocol(path.Child("protocol"), string(*port.Protocol))
	}
	switch {
	case port.Port == nil && port.EndPort != nil:
		r.refuse(path.Child("endPort"), "an endPort needs a port")
	case port.Port == nil:
		read.ports = append(read.ports, portRange{from: linear(protocol, 0), to: linear(protocol, 65535)})
	case port.Port.Type == intstr.String && port.EndPort != nil:
		r.refuse(path.Child("endPort"), "a port by name has no endPort")
	case port.Port.Type == intstr.String:
		read.named = append(read.named, portName{name: r.portName(path.Child("port"), port.Port.StrVal), protocol: protocol})
	case port.EndPort != nil:
		read.ports = append(read.ports, r.ports(path.Child("endPort"), protocol, port.Port.IntVal, *port.EndPort))
	default:
		read.ports = append(read.ports, r.ports(path.Child("port"), protocol, port.Port.IntVal, port.Port.IntVal))
	}
}

// selectorOf reads a selector that may be absent.
func (r *reading) selectorOf(path model.Path, s *metav1.LabelSelector) *selector {
	if s == nil {
		return nil
	}
	return r.selector(path, s)
}
