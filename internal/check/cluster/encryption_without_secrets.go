package cluster

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// EncryptionWithoutSecrets fails configurations in which no rule covers
// Secrets.
func EncryptionWithoutSecrets() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "encryption-without-secrets",
			Title:       "Encryption at rest leaves Secrets out",
			Layer:       model.LayerCluster,
			Severity:    model.Medium,
			Rationale:   "Secrets are what encryption at rest is for. Resources that no rule names are stored in clear text.",
			Remediation: "Name secrets in a rule, or '*.' (the core group) or '*.*' (everything).",
			References:  []model.Reference{model.CIS("1.2.28"), model.MITRE("T1552"), model.CWE("CWE-311"), model.Docs("tasks/administer-cluster/encrypt-data/")},
		},
		On: encryptionKinds(),
		Run: func(c *check.Case) {
			config, ok := encryptionConfig(c)
			if !ok {
				return
			}
			for _, rule := range config.Resources {
				for _, entry := range rule.Resources {
					if encrypts(entry, "secrets") {
						return
					}
				}
			}
			c.Fail("", "no rule names secrets").At("resources", nil)
		},
	}
}
