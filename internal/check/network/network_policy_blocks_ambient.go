package network

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// hbone is the port of the tunnels of Istio's ambient mode.
const hbone = 15008

// NetworkPolicyBlocksAmbient fails NetworkPolicies that let traffic in to pods in
// Istio's ambient mode by port, and leave out the port of its tunnels.
func NetworkPolicyBlocksAmbient() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "network-policy-blocks-ambient",
			Title:    "NetworkPolicy blocks the tunnels of Istio's ambient mode",
			Layer:    model.LayerNetwork,
			Severity: model.Medium,
			Rationale: "Between pods in ambient mode traffic travels in tunnels to port 15008, and NetworkPolicy sees only these: with the ports of the applications alone " +
				"allowed, encrypted traffic is dropped and plaintext still gets in.",
			Remediation: "Allow TCP 15008 from the same peers, and restrict the application's ports with an AuthorizationPolicy.",
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
			p := newPolicy(c.Object, np)
			rule := slices.IndexFunc(np.Spec.Ingress, func(r networkingv1.NetworkPolicyIngressRule) bool { return byTCPPort(r.Ports) })
			if !p.ingress || rule < 0 {
				c.Skip()
				return
			}
			all := policiesOf.Of(c.View, c.Object.Namespace)
			for _, w := range mesh.Of(c.View).Workloads() {
				if w.Namespace() != c.Object.Namespace || matches(p.selector, w.Workload) == no {
					continue
				}
				switch {
				case w.Plane == mesh.PlaneUnknown || w.Plane == mesh.Ambient && matches(p.selector, w.Workload) == perhaps:
					c.Unknown()
				case w.Plane == mesh.Ambient && !all.letIn(w.Workload, hbone):
					if all.foreign || !c.Complete(model.Scope{Group: "networking.k8s.io", Kind: "NetworkPolicy", Namespace: c.Object.Namespace}) {
						c.Unknown()
						return
					}
					c.Fail("", "no policy lets TCP %d in to %s, which Istio tunnels to", hbone, w.Object.ID).
						At(model.Path("spec.ingress").Index(rule)+".ports", nil)
					return
				}
			}
			if !workload.Complete(c.View, c.Object.Namespace) {
				c.Unknown()
			}
		},
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
