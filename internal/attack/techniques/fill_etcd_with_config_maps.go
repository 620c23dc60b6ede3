package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// FillEtcdWithConfigMaps is to fill the store of the cluster with configmaps.
func FillEtcdWithConfigMaps() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "fill-etcd-with-config-maps", Title: "Fill etcd with ConfigMaps", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "Each ConfigMap can be a megabyte, and etcd has room for two gigabytes unless it is told otherwise. When it is full it takes no more writes: the whole " +
				"cluster can no longer be changed, nodes do not renew their leases, and what fails stays so, until somebody clears and compacts it by hand.",
			Remediation: "Bound the number in each namespace with a ResourceQuota (count/configmaps); watch the size of etcd.",
			References: []model.Reference{
				model.MITRE("T1499"),
				model.Docs("concepts/security/rbac-good-practices/#object-creation-denial-of-service"),
				model.Docs("concepts/policy/resource-quotas/#quota-on-object-count"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Resource: "configmaps"}},
		Yields: []attack.Yield{attack.Denial},
		Ground: fillsStore(counted{"count/configmaps", "configmaps"}),
	}
}
