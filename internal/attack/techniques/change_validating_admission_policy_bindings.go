package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeValidatingAdmissionPolicyBindings is to take a guard away that the API server itself keeps.
func ChangeValidatingAdmissionPolicyBindings() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-validating-admission-policy-bindings", Title: "Change or delete bindings of validating admission policies", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "A policy is in force only through its bindings: deleted, narrowed to other namespaces or set to warn only, they leave the policy in place and " +
				"nothing stopped.",
			Remediation: "Give rights on policies and bindings to administrators only; alarm on every change of them.",
			References: []model.Reference{
				model.MITRE("T1562"), model.Docs("reference/access-authn-authz/validating-admission-policy/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch|delete|deletecollection", Group: "admissionregistration.k8s.io", Resource: "validatingadmissionpolicybindings", ClusterWide: true}},
		Yields: []attack.Yield{attack.Integrity},
		When:   attack.Applicability{Since: 30},
		Ground: func(c *attack.Case) {
			onExisting(c, attack.Integrity, admissionKind("ValidatingAdmissionPolicyBinding"))
		},
	}
}
