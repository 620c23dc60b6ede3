package network

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"holdfast.dev/holdfast/internal/analysis/exposure"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// NetworkPolicyAllowsMetadata fails NetworkPolicies whose address blocks include
// the cloud's instance metadata service.
func NetworkPolicyAllowsMetadata() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "network-policy-allows-metadata",
			Title:    "NetworkPolicy lets pods reach the cloud metadata service",
			Layer:    model.LayerNetwork,
			Severity: model.Medium,
			Rationale: "The metadata service hands out the node's cloud credentials to whoever asks from that node. A pod that can be made to fetch a URL, " +
				"or is taken over, becomes the node in the cloud account.",
			Remediation: "Write the metadata address into the block's except list: except: [169.254.169.254/32]. Use workload identity for pods that need cloud rights.",
			References: []model.Reference{
				model.NSA("Network separation and hardening"), model.MITRE("T1552.005"), model.CWE("CWE-918"),
				model.Docs("concepts/security/cloud-native-security/"),
			},
		},
		On: []string{"networking.k8s.io/NetworkPolicy"},
		Run: func(c *check.Case) {
			np, err := kinds.NetworkPolicies.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			if p := newPolicy(c.Object, np); !p.egress {
				c.Skip()
				return
			}
			said := map[string]bool{}
			for i := range np.Spec.Egress {
				rule := &np.Spec.Egress[i]
				for j := range rule.To {
					block := rule.To[j].IPBlock
					if block == nil || said[block.CIDR] || !allowsHTTP(rule.Ports) {
						continue
					}
					if reached := metadataIn(block); len(reached) > 0 {
						said[block.CIDR] = true
						failMetadata(c, block, (model.Path("spec.egress").Index(i)+".to").Index(j)+".ipBlock", reached)
					}
				}
			}
		},
	}
}

func failMetadata(c *check.Case, block *networkingv1.IPBlock, path model.Path, reached []netip.Addr) {
	var patches []model.Patch
	for _, addr := range reached {
		patches = append(patches, check.Add(c.Object, path+".except", netip.PrefixFrom(addr, addr.BitLen()).String()))
	}
	c.Fail(block.CIDR, "egress to %s includes the metadata service at %s", block.CIDR, reached[0]).
		At(path+".cidr", block.CIDR).At(path+".except", block.Except).
		Fix(2, "Except the metadata service", patches...)
}

// metadataIn returns the metadata addresses that a block allows.
func metadataIn(block *networkingv1.IPBlock) []netip.Addr {
	prefix, err := netip.ParsePrefix(block.CIDR)
	if err != nil {
		return nil
	}
	var reached []netip.Addr
	for _, addr := range metadataAddresses() {
		allowed := prefix.Contains(addr)
		for _, except := range exposure.ParsePrefixes(block.Except) {
			allowed = allowed && !except.Contains(addr)
		}
		if allowed {
			reached = append(reached, addr)
		}
	}
	return reached
}

// allowsHTTP reports whether TCP port 80 is among the ports; no ports are all.
func allowsHTTP(ports []networkingv1.NetworkPolicyPort) bool {
	for i := range ports {
		p := &ports[i]
		if p.Protocol != nil && *p.Protocol != corev1.ProtocolTCP {
			continue
		}
		switch {
		case p.Port == nil:
			return true
		case p.Port.Type == intstr.Int && p.Port.IntVal == 80:
			return true
		case p.Port.Type == intstr.Int && p.EndPort != nil && p.Port.IntVal <= 80 && *p.EndPort >= 80:
			return true
		}
	}
	return len(ports) == 0
}
