package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateValidatingAdmissionPolicies is to have the API server refuse what others write.
func CreateValidatingAdmissionPolicies() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-validating-admission-policies", Title: "Create validating admission policies", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "A ValidatingAdmissionPolicy with a binding that always says no stops every write to the cluster, of controllers and administrators too; only " +
				"admission configuration itself is exempt, so that an administrator can repair it.",
			Remediation: "Treat policies and their bindings as administration: give nobody else rights on them, and watch the audit log for new ones.",
			References: []model.Reference{
				model.MITRE("T1499"), model.Docs("reference/access-authn-authz/validating-admission-policy/"), {Catalogue: "KEP", ID: "3488"},
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "create", Group: "admissionregistration.k8s.io", Resource: "validatingadmissionpolicies", ClusterWide: true},
			{Verbs: "create", Group: "admissionregistration.k8s.io", Resource: "validatingadmissionpolicybindings", ClusterWide: true},
		},
		Yields: []attack.Yield{attack.Denial},
		When:   attack.Applicability{Since: 30},
		Ground: func(c *attack.Case) { c.Yields(attack.Denial, attack.Everything()) },
	}
}
