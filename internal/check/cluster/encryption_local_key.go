package cluster

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// EncryptionLocalKey fails providers whose keys stand in the configuration.
func EncryptionLocalKey() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "encryption-local-key",
			Title:    "The key of encryption at rest stands in a file",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "The key lies on the control plane nodes beside the data that it protects, in backups of their disks, and where " +
				"the file was written. It helps against a stolen copy of etcd alone.",
			Remediation: "Use a kms provider with apiVersion v2, so that the key stays in a key service. Keep the file out of Git.",
			References:  []model.Reference{model.CIS("1.2.28"), model.CWE("CWE-321"), model.Docs("tasks/administer-cluster/encrypt-data/#choosing-a-provider")},
		},
		On: encryptionKinds(),
		Run: eachProvider(func(c *check.Case, p provider) {
			name, keys := p.keys()
			if name == "" {
				return
			}
			failure := c.Fail(p.resources+" "+name, "the key of %s for %s stands in the file", name, p.resources)
			for i := range keys {
				failure.At((p.path+model.Path("."+name+".keys")).Index(i)+".name", keys[i].Name)
			}
		}),
	}
}
