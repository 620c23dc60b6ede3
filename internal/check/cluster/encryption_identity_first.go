package cluster

import (
	"strings"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// EncryptionIdentityFirst fails rules for encryption whose first provider does
// not encrypt. Resources left out on purpose before a wildcard do not count,
// unless they are Secrets.
func EncryptionIdentityFirst() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "encryption-identity-first",
			Title:    "Encryption at rest is configured and writes clear text",
			Layer:    model.LayerCluster,
			Severity: model.High,
			Rationale: "The first provider writes. With identity first everything is stored as it is, while the configuration looks as " +
				"if it were encrypted.",
			Remediation: "Move identity to the end of the list, or out of it, and rewrite the objects that exist.",
			References:  []model.Reference{model.CIS("1.2.28"), model.MITRE("T1552"), model.CWE("CWE-311"), model.Docs("tasks/administer-cluster/encrypt-data/")},
		},
		On: encryptionKinds(),
		Run: eachProvider(func(c *check.Case, p provider) {
			if p.first && p.Identity != nil && !isCarveOut(c, p) {
				c.Fail(p.resources, "%s are stored in clear text: identity is the first provider", p.resources).At(p.path+".identity", "{}")
			}
		}),
	}
}

// isCarveOut reports rules that leave something out of a wildcard after them, and
// do not speak of Secrets.
func isCarveOut(c *check.Case, p provider) bool {
	config, ok := encryptionConfig(c)
	if !ok || strings.Contains(p.resources, "secrets") || strings.Contains(p.resources, "*") {
		return false
	}
	for _, rule := range config.Resources {
		for _, entry := range rule.Resources {
			if strings.HasPrefix(entry, "*.") && len(rule.Providers) > 0 && rule.Providers[0].Identity == nil {
				return true
			}
		}
	}
	return false
}
