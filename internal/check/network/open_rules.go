package network

import (
	"net/netip"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/analysis/exposure"
)

// openIngress reports whether a rule lets every peer in on every port, and says
// which peers it names.
func openIngress(rule *networkingv1.NetworkPolicyIngressRule) (open bool, peers string) {
	if len(rule.Ports) > 0 {
		return false, ""
	}
	return openPeers(rule.From)
}

// openEgress reports whether a rule lets every peer be reached on every port.
func openEgress(rule *networkingv1.NetworkPolicyEgressRule) (open bool, peers string) {
	if len(rule.Ports) > 0 {
		return false, ""
	}
	return openPeers(rule.To)
}

func openPeers(peers []networkingv1.NetworkPolicyPeer) (open bool, named string) {
	if len(peers) == 0 {
		return true, "anyone"
	}
	var whole []netip.Prefix
	for i := range peers {
		if block := peers[i].IPBlock; block != nil && len(block.Except) == 0 {
			if prefix, err := netip.ParsePrefix(block.CIDR); err == nil {
				whole = append(whole, prefix)
			}
		}
	}
	switch {
	case len(whole) == 0:
		return false, ""
	case exposure.WholeFamily(whole, false):
		return true, "every IPv4 address"
	case exposure.WholeFamily(whole, true):
		return true, "every IPv6 address"
	default:
		return false, ""
	}
}

// blocks renders the address blocks of a rule as evidence: "{}" when it names no
// peer at all.
func blocks(peers []networkingv1.NetworkPolicyPeer) string {
	var cidrs []string
	for i := range peers {
		if block := peers[i].IPBlock; block != nil {
			cidrs = append(cidrs, block.CIDR)
		}
	}
	if len(cidrs) == 0 {
		return "{}"
	}
	return strings.Join(cidrs, ", ")
}

// anyPod reports whether a peer is every pod of every namespace.
func anyPod(peer *networkingv1.NetworkPolicyPeer) bool {
	return peer.NamespaceSelector != nil && empty(peer.NamespaceSelector) && (peer.PodSelector == nil || empty(peer.PodSelector))
}

func empty(selector *metav1.LabelSelector) bool {
	return len(selector.MatchLabels) == 0 && len(selector.MatchExpressions) == 0
}
