package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// ControllerManagerServiceAccountKey fails controller managers without a key
// for service account tokens.
func ControllerManagerServiceAccountKey() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "controller-manager-service-account-key",
			Title:    "Controller manager has no key for service account tokens",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "Without its own key the controller manager cannot make tokens for service accounts, and clusters that need them " +
				"are given a key that something else uses too.",
			Remediation: "Set --service-account-private-key-file to the private key that belongs to --service-account-key-file of the API " +
				"server.",
			References: []model.Reference{model.CIS("1.3.4"), model.CWE("CWE-323"), model.Docs("reference/command-line-tools-reference/kube-controller-manager/")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run:  flagsMustBeSet(controlplane.ControllerManager, "has no key for service account tokens", "service-account-private-key-file"),
	}
}
