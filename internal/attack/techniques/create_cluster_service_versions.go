package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateClusterServiceVersions is to have the Operator Lifecycle Manager give rights.
func CreateClusterServiceVersions() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-cluster-service-versions", Title: "Create or change cluster service versions", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A ClusterServiceVersion lists rights, in the cluster too, and deployments: the Operator Lifecycle Manager makes the roles, bindings and " +
				"deployments with its own account, which may do everything.",
			Remediation: "Let administrators alone install operators; set a service account of few rights in each OperatorGroup.",
			References: []model.Reference{
				model.MITRE("T1195"), model.MITRE("T1078"), {Catalogue: "URL", ID: "https://olm.operatorframework.io/docs/concepts/crds/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "operators.coreos.com", Resource: "clusterserviceversions"}},
		Yields: []attack.Yield{attack.Subject},
		Ground: func(c *attack.Case) {
			for _, s := range custom(c, "clusterserviceversions.operators.coreos.com", "ClusterServiceVersion") {
				olm().asDeputy(c, s.basis, "an OperatorGroup is in the namespace and names no service account")
			}
		},
	}
}
