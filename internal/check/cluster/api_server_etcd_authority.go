package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerEtcdAuthority fails API servers that do not verify the certificate
// of etcd.
func APIServerEtcdAuthority() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-etcd-authority",
			Title:    "API server does not verify etcd",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "The API server takes any server for its etcd. Whoever can answer in etcd's place gives the cluster objects of " +
				"their own and receives every Secret that is written.",
			Remediation: "Set --etcd-cafile to the CA that signed the serving certificate of etcd.",
			References:  []model.Reference{model.CIS("1.2.26"), model.MITRE("T1557"), model.CWE("CWE-295"), model.Docs("tasks/administer-cluster/configure-upgrade-etcd/#securing-etcd-clusters")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run:  flagsMustBeSet(controlplane.APIServer, "does not verify etcd", "etcd-cafile"),
	}
}
