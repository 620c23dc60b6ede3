package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/feature"
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeMutatingAdmissionPolicies is to have a policy that is there change what one wants.
func ChangeMutatingAdmissionPolicies() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-mutating-admission-policies", Title: "Change mutating admission policies", Layer: model.LayerCluster, Severity: model.Critical,
			Rationale: "A MutatingAdmissionPolicy that a binding puts into force is as good as a new one to who may change it: its expressions decide what pods run " +
				"and what the roles and bindings of an administrator give, for all that the binding lets it match.",
			Remediation: "Treat policies and their bindings as administration: give nobody else rights on them, and watch the audit log for new ones.",
			References: []model.Reference{
				model.MITRE("T1546"), model.MITRE("T1556"), model.Docs("reference/access-authn-authz/mutating-admission-policy/"), {Catalogue: "KEP", ID: "3962"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Group: "admissionregistration.k8s.io", Resource: "mutatingadmissionpolicies", ClusterWide: true}},
		Yields: []attack.Yield{attack.Integrity, attack.Namespace, attack.Node, attack.Admin},
		When:   attack.Applicability{Gate: feature.MutatingAdmissionPolicy},
		Ground: func(c *attack.Case) {
			if b, ok := existing(c, admissionKind("MutatingAdmissionPolicy")); ok {
				changesAll(c, b.and(policyServed(c)), "a binding puts the policy into force for what they want to change")
			}
		},
	}
}
