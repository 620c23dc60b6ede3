package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// ControllerManagerSharedCredentials fails controller managers whose
// controllers do not have an account each.
func ControllerManagerSharedCredentials() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "controller-manager-shared-credentials",
			Title:    "All controllers share one set of rights",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "Each controller then acts with the rights of all of them together. A defect in one is a defect with nearly all " +
				"rights of the cluster, and the audit log does not say which controller did what.",
			Remediation: "Set --use-service-account-credentials=true. The roles system:controller:* are there by default.",
			References:  []model.Reference{model.CIS("1.3.3"), model.CWE("CWE-250"), model.Docs("reference/access-authn-authz/rbac/#controller-roles")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run:  flagMustBe(controlplane.ControllerManager, "use-service-account-credentials", true, 2, "gives all controllers the same rights"),
	}
}
