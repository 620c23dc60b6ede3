package cluster

import (
	"strings"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// BootstrapTokenWithoutExpiry fails bootstrap tokens without an expiration, as
// Secrets and as kubeadm is told to make them. When those expire that have one
// is not known: values of Secrets are not kept.
func BootstrapTokenWithoutExpiry() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "bootstrap-token-without-expiry",
			Title:    "Bootstrap token never expires",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "Whoever has the token can join machines to the cluster as nodes, which then receive pods and their Secrets. It " +
				"is written in scripts and in the user data of machines, where it stays readable.",
			Remediation: "Delete the Secret, and make tokens with a lifetime when nodes have to join: kubeadm token create --ttl 1h.",
			References:  []model.Reference{model.CIS("3.1.3"), model.MITRE("T1078"), model.CWE("CWE-324"), model.Docs("reference/access-authn-authz/bootstrap-tokens/")},
		},
		On: []string{"Secret", "kubeadm.k8s.io/InitConfiguration"},
		Run: func(c *check.Case) {
			if c.Object.Kind == "InitConfiguration" {
				endlessTokens(c)
				return
			}
			secret, err := kinds.Secrets.Read(c.Object)
			switch {
			case err != nil:
				c.Unknown()
			case secret.Type != "bootstrap.kubernetes.io/token" || c.Object.Namespace != "kube-system":
				c.Skip()
			default:
				if _, expires := secret.Keys["expiration"]; !expires {
					c.Fail("", "the bootstrap token %s never expires", strings.TrimPrefix(c.Object.Name, "bootstrap-token-")).At("data.expiration", nil)
				}
			}
		},
	}
}

// endlessTokens judges what kubeadm is told to make: a ttl of zero is for ever, and
// no ttl is a day.
func endlessTokens(c *check.Case) {
	config, err := kinds.KubeadmInits.Read(c.Object)
	if err != nil {
		c.Unknown()
		return
	}
	if len(config.BootstrapTokens) == 0 {
		c.Skip()
	}
	for i, token := range config.BootstrapTokens {
		if token.TTL != nil && token.TTL.Duration == 0 && token.Expires == nil {
			path := model.Path("bootstrapTokens").Index(i) + ".ttl"
			c.Fail("", "kubeadm makes a bootstrap token that never expires").At(path, token.TTL.Duration.String()).
				Fix(1, "Let the token live for a day", check.Set(c.Object, path, "24h0m0s"))
		}
	}
}
