package netpol

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	policyv1alpha2 "sigs.k8s.io/network-policy-api/apis/v1alpha2"
)

// The oracle is the slow reference: it decides one connection at a time, straight from the documentation of
// the APIs, and shares no code with the package. It knows the admin policies in the
// shape of ClusterNetworkPolicy; see cluster.admins for the older kinds.
type oracle struct {
	*cluster
	profile Profile
	asNode  bool // pods in the host network are seen as their node
	asPods  bool // an ipBlock means pods too
	asHosts bool // and pods in the host network
}

// host is one side of a connection: a pod, or an address outside.
type host struct {
	pod     *corev1.Pod
	address netip.Addr
}

func (r *oracle) selects(s *metav1.LabelSelector, set map[string]string) bool {
	selector, err := metav1.LabelSelectorAsSelector(s)
	return err == nil && selector.Matches(labels.Set(set))
}

func (r *oracle) inNetwork(h host, cidr string, except ...string) bool {
	return netip.MustParsePrefix(cidr).Contains(h.address) && !slices.ContainsFunc(except, func(e string) bool { return netip.MustParsePrefix(e).Contains(h.address) })
}

// port reports whether a port is meant by number, range or name.
func (r *oracle) port(dst host, protocol corev1.Protocol, port int32, name string, anyProtocol bool, p corev1.Protocol, from, to int32) bool {
	if name == "" {
		return p == protocol && from <= port && port <= to
	}
	asNode := dst.pod != nil && dst.pod.Spec.HostNetwork && r.asNode // whose ports have no names
	return dst.pod != nil && !asNode && slices.ContainsFunc(dst.pod.Spec.Containers, func(c corev1.Container) bool {
		return slices.ContainsFunc(c.Ports, func(cp corev1.ContainerPort) bool {
			return cp.Name == name && cp.ContainerPort == port && cp.Protocol == protocol && (anyProtocol || p == protocol)
		})
	})
}

func (r *oracle) npPeer(namespace string, p *networkingv1.NetworkPolicyPeer, h host) bool {
	if p.IPBlock != nil {
		return (h.pod == nil || r.asPods && !h.pod.Spec.HostNetwork || r.asHosts && h.pod.Spec.HostNetwork) && r.inNetwork(h, p.IPBlock.CIDR, p.IPBlock.Except...)
	}
	if h.pod == nil || r.asNode && h.pod.Spec.HostNetwork {
		return false
	}
	sameNamespace := h.pod.Namespace == namespace
	if p.NamespaceSelector != nil {
		sameNamespace = r.selects(p.NamespaceSelector, r.labelsOf(h.pod.Namespace))
	}
	return sameNamespace && (p.PodSelector == nil || r.selects(p.PodSelector, h.pod.Labels))
}

// networkPolicies says whether pods are isolated, and whether a rule allows.
func (r *oracle) networkPolicies(d Direction, subject, peer, dst host, protocol corev1.Protocol, port int32) (isolated, allowed bool) {
	for _, np := range r.policies {
		direction := map[Direction]networkingv1.PolicyType{Egress: networkingv1.PolicyTypeEgress, Ingress: networkingv1.PolicyTypeIngress}[d]
		types := np.Spec.PolicyTypes
		if len(types) == 0 {
			types = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
			if len(np.Spec.Egress) > 0 {
				types = append(types, networkingv1.PolicyTypeEgress)
			}
		}
		if np.Namespace != subject.pod.Namespace || !slices.Contains(types, direction) || !r.selects(&np.Spec.PodSelector, subject.pod.Labels) {
			continue
		}
		isolated = true
		rule := func(peers []networkingv1.NetworkPolicyPeer, ports []networkingv1.NetworkPolicyPort) {
			matches := len(peers) == 0 || slices.ContainsFunc(peers, func(p networkingv1.NetworkPolicyPeer) bool { return r.npPeer(np.Namespace, &p, peer) })
			allowed = allowed || matches && (len(ports) == 0 || slices.ContainsFunc(ports, func(p networkingv1.NetworkPolicyPort) bool {
				of := corev1.ProtocolTCP
				if p.Protocol != nil {
					of = *p.Protocol
				}
				switch {
				case p.Port == nil:
					return of == protocol
				case p.Port.Type == intstr.String:
					return r.port(dst, protocol, port, p.Port.StrVal, false, of, 0, 0)
				case p.EndPort != nil:
					return r.port(dst, protocol, port, "", false, of, p.Port.IntVal, *p.EndPort)
				default:
					return r.port(dst, protocol, port, "", false, of, p.Port.IntVal, p.Port.IntVal)
				}
			}))
		}
		for _, in := range np.Spec.Ingress {
			if d == Ingress {
				rule(in.From, in.Ports)
			}
		}
		for _, out := range np.Spec.Egress {
			if d == Egress {
				rule(out.To, out.Ports)
			}
		}
	}
	return isolated, allowed
}

func (r *oracle) adminPods(p *policyv1alpha2.NamespacedPod, namespaces *metav1.LabelSelector, h host) bool {
	if h.pod == nil || h.pod.Spec.HostNetwork {
		return false
	}
	if p != nil {
		return r.selects(&p.NamespaceSelector, r.labelsOf(h.pod.Namespace)) && r.selects(&p.PodSelector, h.pod.Labels)
	}
	return namespaces != nil && r.selects(namespaces, r.labelsOf(h.pod.Namespace))
}

// first lists what the first rule of a policy that matches can do. A rule with a peer
// of no kind may match or not, and one that does not accept may be taken as "Deny all".
func (r *oracle) first(rules []policyv1alpha2.ClusterNetworkPolicyEgressRule, peer, dst host, protocol corev1.Protocol, port int32) (actions []string, strange bool) {
	for _, rule := range rules {
		ports := len(rule.Protocols) == 0 || slices.ContainsFunc(rule.Protocols, func(p policyv1alpha2.ClusterNetworkPolicyProtocol) bool {
			of, dp := corev1.ProtocolTCP, (*policyv1alpha2.Port)(nil)
			switch {
			case p.DestinationNamedPort != "":
				return r.port(dst, protocol, port, p.DestinationNamedPort, true, of, 0, 0)
			case p.TCP != nil:
				dp = p.TCP.DestinationPort
			case p.UDP != nil:
				of, dp = corev1.ProtocolUDP, p.UDP.DestinationPort
			default:
				of, dp = corev1.ProtocolSCTP, p.SCTP.DestinationPort
			}
			if dp.Range != nil {
				return r.port(dst, protocol, port, "", false, of, dp.Range.Start, dp.Range.End)
			}
			return r.port(dst, protocol, port, "", false, of, dp.Number, dp.Number)
		})
		if slices.ContainsFunc(rule.To, isStrange) {
			if accepts := rule.Action == "Accept"; ports || !accepts {
				strange = true
				actions = append(actions, string(rule.Action))
				if !accepts {
					actions = append(actions, "Deny")
				}
			}
			continue
		}
		if ports && slices.ContainsFunc(rule.To, func(p policyv1alpha2.ClusterNetworkPolicyEgressPeer) bool {
			return r.adminPods(p.Pods, p.Namespaces, peer) || slices.ContainsFunc(p.Networks, func(c policyv1alpha2.CIDR) bool { return r.inNetwork(peer, string(c)) })
		}) {
			return append(actions, string(rule.Action)), strange
		}
	}
	return append(actions, ""), strange
}

func isStrange(p policyv1alpha2.ClusterNetworkPolicyEgressPeer) bool {
	return p.Pods == nil && p.Namespaces == nil && len(p.Networks) == 0
}

// tier lists what a tier of admin policies can do; "" is nothing. Of policies with equal
// priority that match, a plugin may apply any.
func (r *oracle) tier(tier policyv1alpha2.Tier, d Direction, subject, peer, dst host, protocol corev1.Protocol, port int32) (actions []string, strange bool) {
	policies := slices.Clone(r.admins)
	slices.SortStableFunc(policies, func(a, b *policyv1alpha2.ClusterNetworkPolicy) int { return int(a.Spec.Priority - b.Spec.Priority) })
	for from := 0; from < len(policies); {
		priority, group, none := policies[from].Spec.Priority, []string{}, true
		for ; from < len(policies) && policies[from].Spec.Priority == priority; from++ {
			p := policies[from]
			if p.Spec.Tier != tier || !r.adminPods(p.Spec.Subject.Pods, p.Spec.Subject.Namespaces, subject) {
				continue
			}
			can, odd := r.first(rulesOf(p, d), peer, dst, protocol, port)
			strange = strange || odd
			none = none && slices.Contains(can, "")
			group = append(group, slices.DeleteFunc(can, func(a string) bool { return a == "" })...)
		}
		actions = append(actions, group...)
		if !none {
			return actions, strange
		}
	}
	return append(actions, ""), strange
}

// side lists whether the policies of one side can allow and can deny.
func (r *oracle) side(d Direction, subject, peer, dst host, protocol corev1.Protocol, port int32) (can [2]bool, strange bool) {
	admin, strange := r.tier(policyv1alpha2.AdminTier, d, subject, peer, dst, protocol, port)
	for _, action := range admin {
		can[0], can[1] = can[0] || action == "Accept", can[1] || action == "Deny"
	}
	if !slices.Contains(admin, "") && !slices.Contains(admin, "Pass") {
		return can, strange
	}
	if !(r.asNode && subject.pod.Spec.HostNetwork) {
		if isolated, allowed := r.networkPolicies(d, subject, peer, dst, protocol, port); isolated {
			sameNode := r.asNode && peer.pod != nil && peer.pod.Spec.HostNetwork // perhaps
			return [2]bool{can[0] || allowed || sameNode, can[1] || !allowed}, strange
		}
	}
	baseline, odd := r.tier(policyv1alpha2.BaselineTier, d, subject, peer, dst, protocol, port)
	for _, action := range baseline {
		can[0], can[1] = can[0] || action != "Deny", can[1] || action == "Deny"
	}
	return can, strange || odd
}

// verdict combines the sides, in every way in which a plugin can see things.
func (r *oracle) verdict(src, dst host, protocol corev1.Protocol, port int32) Verdict {
	if src.pod != nil && src.pod == dst.pod {
		return Allowed
	}
	var can [2]bool
	unknown := false
	for _, w := range r.worlds() {
		w.cluster, w.profile = r.cluster, r.profile
		out, in := [2]bool{true, false}, [2]bool{true, false}
		var odd, odd2 bool
		if src.pod != nil {
			out, odd = w.side(Egress, src, dst, dst, protocol, port)
		}
		if dst.pod != nil {
			in, odd2 = w.side(Ingress, dst, src, dst, protocol, port)
		}
		both := [2]bool{out[0] && in[0], out[1] || in[1]}
		unknown = unknown || both[0] && both[1] && (odd && out[0] && out[1] || odd2 && in[0] && in[1])
		can[0], can[1] = can[0] || both[0], can[1] || both[1]
	}
	switch {
	case can[0] && can[1] && unknown:
		return Unknown
	case can[0] && can[1]:
		return Undefined
	case can[0]:
		return Allowed
	default:
		return Denied
	}
}

// worlds lists the ways in which a plugin can see things. One whose blocks mean no pods
// can be told that they mean nodes.
func (r *oracle) worlds() []oracle {
	var all []oracle
	for _, asNode := range choices(r.profile.HostNetwork, Ignores) {
		for _, asPods := range choices(r.profile.PodBlocks, Applies) {
			all = append(all, oracle{asNode: asNode, asPods: asPods, asHosts: true})
			if r.profile.PodBlocks == Ignores && r.profile.NodeBlocks != Applies {
				all = append(all, oracle{asNode: asNode, asPods: asPods})
			}
		}
	}
	return all
}

func choices(t, yes Treatment) []bool {
	if t == Open {
		return []bool{false, true}
	}
	return []bool{t == yes}
}
