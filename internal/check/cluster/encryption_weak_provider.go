package cluster

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// EncryptionWeakProvider fails providers that write with a mode which needs
// more care than a file can take: aesgcm medium, aescbc low.
func EncryptionWeakProvider() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "encryption-weak-provider",
			Title:    "Secrets are encrypted with a provider that is easy to misuse",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "aesgcm with a key that is not rotated every 200,000 writes repeats nonces, and then gives the content and the " +
				"key of the authentication away. aescbc does not authenticate at all: who can write to etcd learns content by " +
				"changing it.",
			Remediation: "Use a kms provider with apiVersion v2; or secretbox, where the key has to stand in the file.",
			References:  []model.Reference{model.CIS("1.2.28"), model.CWE("CWE-327"), model.CWE("CWE-353"), model.Docs("tasks/administer-cluster/encrypt-data/#providers")},
		},
		On: encryptionKinds(),
		Run: eachProvider(func(c *check.Case, p provider) {
			switch {
			case !p.first:
			case p.AESGCM != nil:
				c.Fail(p.resources, "%s are encrypted with aesgcm, whose key must be rotated every 200,000 writes", p.resources).At(p.path, "aesgcm")
			case p.AESCBC != nil:
				c.Fail(p.resources, "%s are encrypted with aescbc, which does not notice changes", p.resources).At(p.path, "aescbc").Severity(model.Low)
			}
		}),
	}
}
