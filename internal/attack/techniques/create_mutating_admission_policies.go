package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/feature"
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateMutatingAdmissionPolicies is to have the API server itself change every object.
func CreateMutatingAdmissionPolicies() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-mutating-admission-policies", Title: "Create mutating admission policies", Layer: model.LayerCluster, Severity: model.Critical,
			Rationale: "A MutatingAdmissionPolicy with a binding changes objects on their way in without any server of the attacker's: pods run another image as " +
				"another account, and the roles and bindings that an administrator writes give what the policy wants. Expressions show the attacker nothing.",
			Remediation: "Treat policies and their bindings as administration: give nobody else rights on them, and watch the audit log for new ones.",
			References: []model.Reference{
				model.MITRE("T1546"), model.MITRE("T1556"), model.Docs("reference/access-authn-authz/mutating-admission-policy/"), {Catalogue: "KEP", ID: "3962"},
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "create", Group: "admissionregistration.k8s.io", Resource: "mutatingadmissionpolicies", ClusterWide: true},
			{Verbs: "create", Group: "admissionregistration.k8s.io", Resource: "mutatingadmissionpolicybindings", ClusterWide: true},
		},
		Yields: []attack.Yield{attack.Integrity, attack.Namespace, attack.Node, attack.Admin},
		When:   attack.Applicability{Gate: feature.MutatingAdmissionPolicy},
		Ground: func(c *attack.Case) { changesAll(c, policyServed(c)) },
	}
}
