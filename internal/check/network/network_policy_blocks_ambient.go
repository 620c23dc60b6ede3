package network

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"

	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// hbone is the port of the tunnels of Istio's ambient mode.
const hbone = 15008

// NetworkPolicyBlocksAmbient fails NetworkPolicies that let traffic in to pods in
// Istio's ambient mode, or out of them to others, by port, and leave out the port of
// its tunnels.
func NetworkPolicyBlocksAmbient() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "network-policy-blocks-ambient",
			Title:    "NetworkPolicy blocks the tunnels of Istio's ambient mode",
			Layer:    model.LayerNetwork,
			Severity: model.Medium,
			Rationale: "Between pods in ambient mode traffic travels in tunnels to port 15008, and NetworkPolicy sees only these, at both ends: with the ports of the applications alone " +
				"allowed, encrypted traffic is dropped and plaintext still gets through.",
			Remediation: "Allow TCP 15008 from and to the same peers, and restrict the application's ports with an AuthorizationPolicy.",
			References: []model.Reference{
				model.NSA("Network separation and hardening"), model.CWE("CWE-1164"), model.CWE("CWE-319"),
				model.Docs("concepts/services-networking/network-policies/"),
			},
		},
		On: []string{"networking.k8s.io/NetworkPolicy"},
		Run: func(c *check.Case) {
			np, err := kinds.NetworkPolicies.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			p, m := newPolicy(c.Object, np), mesh.Of(c.View)
			ingress := p.ingress && slices.ContainsFunc(np.Spec.Ingress, func(r networkingv1.NetworkPolicyIngressRule) bool { return byTCPPort(r.Ports) })
			egress := p.egress && slices.ContainsFunc(np.Spec.Egress, func(r networkingv1.NetworkPolicyEgressRule) bool { return byTCPPort(r.Ports) })
			if !ingress && !egress {
				c.Skip()
				return
			}
			if ingress {
				judgeTunnelsIn(c, m, &p)
			}
			if egress {
				judgeTunnelsOut(c, m, &p)
			}
			if !workload.Complete(c.View, c.Object.Namespace) {
				c.Unknown()
			}
		},
	}
}

// judgeTunnelsIn judges the tunnels to the pods that a policy selects.
func judgeTunnelsIn(c *check.Case, m *mesh.Mesh, p *policy) {
	rule := slices.IndexFunc(p.Spec.Ingress, func(r networkingv1.NetworkPolicyIngressRule) bool { return byTCPPort(r.Ports) })
	all := policiesOf.Of(c.View, c.Object.Namespace)
	for _, w := range ambientSubjects(c, m, p) {
		if all.letIn(w.Workload, hbone) {
			continue
		}
		if !policiesKnown(c, all) {
			c.Unknown()
			return
		}
		c.Fail("", "no policy lets TCP %d in to %s, which Istio tunnels to", hbone, w.Object.ID).
			At(model.Path("spec.ingress").Index(rule)+".ports", nil)
		return
	}
}

// judgeTunnelsOut judges the tunnels from the pods that a policy selects to others
// that it lets them reach.
func judgeTunnelsOut(c *check.Case, m *mesh.Mesh, p *policy) {
	all := policiesOf.Of(c.View, c.Object.Namespace)
	var peers []tunnelPeer // the first two that are certain, which is one at least that is not the subject
	asked := false
	for _, w := range ambientSubjects(c, m, p) {
		if all.letOut(w.Workload, hbone) {
			continue
		}
		if !asked {
			peers, asked = tunnelPeers(c, m, p), true
		}
		at := slices.IndexFunc(peers, func(peer tunnelPeer) bool { return peer.w != w })
		if at < 0 {
			continue
		}
		if !policiesKnown(c, all) {
			c.Unknown()
			return
		}
		c.Fail("egress", "no policy lets TCP %d out of %s, whose connections to %s Istio tunnels", hbone, w.Object.ID, peers[at].w.Object.ID).
			At(model.Path("spec.egress").Index(peers[at].rule)+".ports", nil)
		return
	}
}

// ambientSubjects are the workloads in ambient mode that a policy selects for certain.
func ambientSubjects(c *check.Case, m *mesh.Mesh, p *policy) []*mesh.Workload {
	var found []*mesh.Workload
	for _, w := range m.Workloads() {
		if w.Namespace() != c.Object.Namespace {
			continue
		}
		selects := matches(p.selector, w.Workload)
		switch {
		case selects == no:
		case w.Plane == mesh.PlaneUnknown || w.Plane == mesh.Ambient && selects == perhaps:
			c.Unknown()
		case w.Plane == mesh.Ambient:
			found = append(found, w)
		}
	}
	return found
}

// policiesKnown reports whether nothing else can let tunnels through.
func policiesKnown(c *check.Case, all *policies) bool {
	return !all.foreign && c.Complete(model.Scope{Group: "networking.k8s.io", Kind: "NetworkPolicy", Namespace: c.Object.Namespace})
}

// tunnelPeer is a workload in ambient mode that an egress rule lets pods reach.
type tunnelPeer struct {
	w    *mesh.Workload
	rule int
}

// tunnelPeers are the first two of them: ports that none of them serves are for
// others, outside of the mesh.
func tunnelPeers(c *check.Case, m *mesh.Mesh, p *policy) []tunnelPeer {
	var found []tunnelPeer
	for _, w := range m.Workloads() {
		if w.Plane != mesh.Ambient && w.Plane != mesh.PlaneUnknown {
			continue
		}
		for i := range p.Spec.Egress {
			rule := &p.Spec.Egress[i]
			if !servesOneOf(m, w, rule.Ports) {
				continue
			}
			names := namedByPeers(c, rule.To, w.Workload)
			if names == perhaps || names == yes && w.Plane == mesh.PlaneUnknown {
				c.Unknown()
			} else if names == yes {
				found = append(found, tunnelPeer{w: w, rule: i})
				break
			}
		}
		if len(found) == 2 {
			break
		}
	}
	return found
}

// servesOneOf reports whether a workload serves one of the TCP ports of a rule.
func servesOneOf(m *mesh.Mesh, w *mesh.Workload, ports []networkingv1.NetworkPolicyPort) bool {
	served := m.Ports(w)
	return slices.ContainsFunc(ports, func(p networkingv1.NetworkPolicyPort) bool {
		switch {
		case p.Port == nil || !isTCP(&p):
			return false
		case p.Port.Type == intstr.String:
			return slices.ContainsFunc(w.Containers, func(container workload.Container) bool {
				return slices.ContainsFunc(container.Ports, func(port corev1.ContainerPort) bool { return port.Name == p.Port.StrVal })
			})
		default:
			return slices.ContainsFunc(served, func(port uint16) bool { return holds(&p, int32(port)) })
		}
	})
}

// namedByPeers reports whether the peers of a rule of the case's policy name the pods
// of a workload. Blocks of addresses are for what is no pod.
func namedByPeers(c *check.Case, peers []networkingv1.NetworkPolicyPeer, w *workload.Workload) match {
	if len(peers) == 0 {
		return yes
	}
	found := match(no)
	for i := range peers {
		if peers[i].IPBlock != nil {
			continue
		}
		switch namesPods(c, &peers[i], w) {
		case yes:
			return yes
		case perhaps:
			found = perhaps
		}
	}
	return found
}

func namesPods(c *check.Case, peer *networkingv1.NetworkPolicyPeer, w *workload.Workload) match {
	pods := match(yes)
	if peer.PodSelector != nil {
		selector, _ := metav1.LabelSelectorAsSelector(peer.PodSelector)
		pods = matches(selector, w)
	}
	if peer.NamespaceSelector == nil {
		if w.Namespace() != c.Object.Namespace {
			return no
		}
		return pods
	}
	object, namespace, presence := snapshot.Get(c.View, kinds.Namespaces, "", w.Namespace())
	selector, err := metav1.LabelSelectorAsSelector(peer.NamespaceSelector)
	switch {
	case pods == no:
		return no
	case err != nil || presence != snapshot.Present:
		return perhaps
	case selector.Matches(labels.Set(namespace.Labels)):
		return pods
	case object.Implied:
		return perhaps
	default:
		return no
	}
}

// byTCPPort reports whether a rule lets TCP in on some ports only.
func byTCPPort(ports []networkingv1.NetworkPolicyPort) bool {
	return slices.ContainsFunc(ports, func(p networkingv1.NetworkPolicyPort) bool { return isTCP(&p) && p.Port != nil })
}

func isTCP(p *networkingv1.NetworkPolicyPort) bool {
	return p.Protocol == nil || *p.Protocol == corev1.ProtocolTCP
}

// letIn reports whether some policy lets somebody in to a TCP port of a workload.
func (p *policies) letIn(w *workload.Workload, port int32) bool {
	for i := range p.list {
		policy := &p.list[i]
		if !policy.ingress || matches(policy.selector, w) == no {
			continue
		}
		for j := range policy.Spec.Ingress {
			ports := policy.Spec.Ingress[j].Ports
			if len(ports) == 0 || slices.ContainsFunc(ports, func(n networkingv1.NetworkPolicyPort) bool { return isTCP(&n) && holds(&n, port) }) {
				return true
			}
		}
	}
	return false
}

// letOut reports whether some policy lets a workload out to a TCP port of somebody.
func (p *policies) letOut(w *workload.Workload, port int32) bool {
	for i := range p.list {
		policy := &p.list[i]
		if !policy.egress || matches(policy.selector, w) == no {
			continue
		}
		for j := range policy.Spec.Egress {
			ports := policy.Spec.Egress[j].Ports
			if len(ports) == 0 || slices.ContainsFunc(ports, func(n networkingv1.NetworkPolicyPort) bool { return isTCP(&n) && holds(&n, port) }) {
				return true
			}
		}
	}
	return false
}

// holds reports whether a port of a rule may be the port.
func holds(p *networkingv1.NetworkPolicyPort, port int32) bool {
	switch {
	case p.Port == nil || p.Port.Type == intstr.String:
		return true
	case p.EndPort != nil:
		return p.Port.IntVal <= port && port <= *p.EndPort
	default:
		return p.Port.IntVal == port
	}
}
