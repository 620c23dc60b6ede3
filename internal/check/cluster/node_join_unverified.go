package cluster

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// NodeJoinUnverified fails configurations of kubeadm join that skip the
// verification of the CA.
func NodeJoinUnverified() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "node-join-unverified",
			Title:    "Node joins without verifying the API server",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "The node trusts whoever answers at the address. Who gets in between gives the node a CA and a configuration of " +
				"their own, and the token with which it wanted to join.",
			Remediation: "Remove unsafeSkipCAVerification and give caCertHashes, which kubeadm token create --print-join-command prints.",
			References:  []model.Reference{model.MITRE("T1557"), model.CWE("CWE-295"), model.Docs("reference/setup-tools/kubeadm/kubeadm-join/#token-based-discovery-without-ca-pinning")},
		},
		On: []string{"kubeadm.k8s.io/JoinConfiguration"},
		Run: func(c *check.Case) {
			config, err := kinds.KubeadmJoins.Read(c.Object)
			switch {
			case err != nil:
				c.Unknown()
			case config.Discovery.BootstrapToken == nil:
				c.Skip()
			case config.Discovery.BootstrapToken.UnsafeSkipCAVerification:
				c.Fail("", "the node does not verify the API server that it joins").At("discovery.bootstrapToken.unsafeSkipCAVerification", true)
			}
		},
	}
}
