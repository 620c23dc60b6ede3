package network

import (
	"fmt"
	"net/netip"

	networkingv1 "k8s.io/api/networking/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// NetworkPolicyWrongPeer fails NetworkPolicies with a peer that the API server
// refuses or that means more than what is written.
func NetworkPolicyWrongPeer() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "network-policy-wrong-peer",
			Title:    "NetworkPolicy has a peer that is refused or wider than written",
			Layer:    model.LayerNetwork,
			Severity: model.Low,
			Rationale: "A policy that the API server refuses protects nothing, and 10.1.2.3/8 is all of 10.0.0.0/8: " +
				"who reads the policy believes in a restriction that does not exist.",
			Remediation: "Write blocks as the first address of the network with its length (10.1.2.3/32 for one host), exceptions inside their block, and either ipBlock or selectors in one peer.",
			References:  []model.Reference{model.CWE("CWE-1327"), model.Docs("concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors")},
		},
		On: []string{"networking.k8s.io/NetworkPolicy"},
		Run: func(c *check.Case) {
			np, err := kinds.NetworkPolicies.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			said := map[string]bool{}
			for i := range np.Spec.Ingress {
				judgePeers(c, np.Spec.Ingress[i].From, model.Path("spec.ingress").Index(i)+".from", said)
			}
			for i := range np.Spec.Egress {
				judgePeers(c, np.Spec.Egress[i].To, model.Path("spec.egress").Index(i)+".to", said)
			}
		},
	}
}

func judgePeers(c *check.Case, peers []networkingv1.NetworkPolicyPeer, path model.Path, said map[string]bool) {
	fail := func(key string, severity model.Severity, path model.Path, value any, message string) {
		if !said[key] {
			said[key] = true
			c.Fail(key, "%s", message).Severity(severity).At(path, value)
		}
	}
	for i := range peers {
		peer, at := &peers[i], path.Index(i)
		block := peer.IPBlock
		switch {
		case block == nil && peer.PodSelector == nil && peer.NamespaceSelector == nil:
			fail("empty peer", model.Low, at, "{}", "a peer names nobody: the API server refuses the policy")
			continue
		case block == nil:
			continue
		case peer.PodSelector != nil || peer.NamespaceSelector != nil:
			fail("both "+block.CIDR, model.Low, at, block.CIDR, fmt.Sprintf("a peer has ipBlock %s and a selector: the API server refuses the policy", block.CIDR))
		}
		prefix, err := netip.ParsePrefix(block.CIDR)
		switch {
		case err != nil:
			fail(block.CIDR, model.Low, at+".ipBlock.cidr", block.CIDR, fmt.Sprintf("%q is no address block: the API server refuses the policy", block.CIDR))
			continue
		case prefix != prefix.Masked():
			fail(block.CIDR, model.Medium, at+".ipBlock.cidr", block.CIDR, fmt.Sprintf("%s covers all of %s", block.CIDR, prefix.Masked()))
		}
		for j, text := range block.Except {
			except, err := netip.ParsePrefix(text)
			if err != nil || !prefix.Overlaps(except) || except.Bits() <= prefix.Bits() {
				fail(block.CIDR+" except "+text, model.Low, (at + ".ipBlock.except").Index(j), text,
					fmt.Sprintf("the exception %s is not a part of %s: the API server refuses the policy", text, block.CIDR))
			}
		}
	}
}
