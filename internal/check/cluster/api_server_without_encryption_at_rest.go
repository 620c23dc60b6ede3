package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerWithoutEncryptionAtRest fails API servers without encryption at
// rest.
func APIServerWithoutEncryptionAtRest() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-without-encryption-at-rest",
			Title:    "API server stores Secrets unencrypted",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "Secrets stand in etcd, in its snapshots and on the disks below as they are. A backup or a disk that leaves the " +
				"house is all of the cluster's credentials.",
			Remediation: "Write an EncryptionConfiguration with a kms v2 provider (or secretbox) first, name it in " +
				"--encryption-provider-config, and rewrite the Secrets that exist.",
			References: []model.Reference{model.CIS("1.2.27"), model.NSA("Authentication and authorization"), model.MITRE("T1552"), model.CWE("CWE-311"), model.Docs("tasks/administer-cluster/encrypt-data/")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run: eachComponent(controlplane.APIServer, func(s subject) {
			// The name of the flag until 1.13.
			if old := s.Flag("experimental-encryption-provider-config"); !old.Known || old.Value == "" {
				s.mustBeSet("stores Secrets unencrypted", "encryption-provider-config")
			}
		}),
	}
}
