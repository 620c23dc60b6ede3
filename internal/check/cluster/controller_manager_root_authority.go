package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// ControllerManagerRootAuthority fails controller managers that do not publish
// the CA of the API server.
func ControllerManagerRootAuthority() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "controller-manager-root-authority",
			Title:    "Pods are not given the CA of the API server",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "The ConfigMap kube-root-ca.crt, which pods verify the API server with, has no content. Clients in pods fail, or " +
				"are told to skip the verification and then send their tokens to whoever answers.",
			Remediation: "Set --root-ca-file to the CA that signed the serving certificate of the API server.",
			References:  []model.Reference{model.CIS("1.3.5"), model.MITRE("T1557"), model.CWE("CWE-295"), model.Docs("reference/command-line-tools-reference/kube-controller-manager/")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run:  flagsMustBeSet(controlplane.ControllerManager, "does not tell pods the CA of the API server", "root-ca-file"),
	}
}
