package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeValidatingAdmissionPolicies is to take a guard away that the API server itself keeps.
func ChangeValidatingAdmissionPolicies() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-validating-admission-policies", Title: "Change or delete validating admission policies", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "A policy that is deleted, or whose expressions are made always true, stops nothing more; one that is made always false refuses all that its " +
				"binding matches.",
			Remediation: "Give rights on policies and bindings to administrators only; alarm on every change of them.",
			References: []model.Reference{
				model.MITRE("T1562"), model.Docs("reference/access-authn-authz/validating-admission-policy/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch|delete|deletecollection", Group: "admissionregistration.k8s.io", Resource: "validatingadmissionpolicies", ClusterWide: true}},
		Yields: []attack.Yield{attack.Integrity},
		When:   attack.Applicability{Since: 30},
		Ground: func(c *attack.Case) { onExisting(c, attack.Integrity, admissionKind("ValidatingAdmissionPolicy")) },
	}
}
