package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateSubscriptions is to have the Operator Lifecycle Manager install a package.
func CreateSubscriptions() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-subscriptions", Title: "Create or change operator subscriptions", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A Subscription has the Operator Lifecycle Manager install a package of a catalog with all rights that the package asks for, and may set " +
				"variables, volumes and arguments of the pods of the operator.",
			Remediation: "Let administrators alone install operators; set a service account of few rights in each OperatorGroup.",
			References: []model.Reference{
				model.MITRE("T1195"), model.MITRE("T1078"), {Catalogue: "URL", ID: "https://olm.operatorframework.io/docs/concepts/crds/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "operators.coreos.com", Resource: "subscriptions"}},
		Yields: []attack.Yield{attack.Subject},
		Ground: func(c *attack.Case) {
			for _, s := range custom(c, "subscriptions.operators.coreos.com", "Subscription") {
				olm().asDeputy(c, s.basis, "an OperatorGroup is in the namespace and names no service account", "a catalog holds a package that serves them")
			}
		},
	}
}
