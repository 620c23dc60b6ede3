package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// ControllerManagerBindAddress fails controller managers that listen on more
// than a loopback address, which is the default.
func ControllerManagerBindAddress() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "controller-manager-bind-address",
			Title:    "Controller manager listens on all addresses of the node",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "Health, metrics and profiles are offered on every address of the node. They tell whoever can reach it about the " +
				"cluster, and give a flaw in that server to the whole network.",
			Remediation: "Set --bind-address=127.0.0.1, and let what collects metrics run on the node.",
			References:  []model.Reference{model.CIS("1.3.7"), model.CWE("CWE-668"), model.Docs("reference/command-line-tools-reference/kube-controller-manager/")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run:  eachComponent(controlplane.ControllerManager, subject.mustListenLocally),
	}
}
