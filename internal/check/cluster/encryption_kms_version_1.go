package cluster

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// EncryptionKMSVersion1 fails kms providers of version 1, which is what a
// missing apiVersion means.
func EncryptionKMSVersion1() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "encryption-kms-version-1",
			Title:    "Encryption at rest uses the first version of the KMS protocol",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "Version 1 calls the key service for every object, cannot rotate keys without a restart, and has no health check. " +
				"It is deprecated since 1.28 and off since 1.29: an upgrade leaves the API server unable to read Secrets.",
			Remediation: "Install a plugin of version 2, add it with apiVersion: v2 as the first provider, rewrite the objects, then " +
				"remove the old one.",
			References: []model.Reference{model.CIS("1.2.28"), model.Reference{Catalogue: "KEP", ID: "3299"}, model.CWE("CWE-477"), model.Docs("tasks/administer-cluster/kms-provider/")},
		},
		On: encryptionKinds(),
		Run: eachProvider(func(c *check.Case, p provider) {
			if p.KMS != nil && p.KMS.APIVersion != "v2" {
				c.Fail(p.KMS.Name, "the kms provider %s speaks version 1 of the protocol", p.KMS.Name).At(p.path+".kms.apiVersion", p.KMS.APIVersion)
			}
		}),
	}
}
