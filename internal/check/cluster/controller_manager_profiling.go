package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// ControllerManagerProfiling fails controller managers with profiling on,
// which is the default.
func ControllerManagerProfiling() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "controller-manager-profiling",
			Title:    "Controller manager serves profiles of itself",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "Profiles at /debug/pprof show what the process does and holds, down to memory addresses and command lines, and " +
				"taking one costs time that the control plane needs. Nobody needs them in normal operation.",
			Remediation: "Set --profiling=false.",
			References:  []model.Reference{model.CIS("1.3.2"), model.CWE("CWE-489"), model.Docs("reference/command-line-tools-reference/kube-controller-manager/")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run:  flagMustBe(controlplane.ControllerManager, "profiling", false, 1, "serves profiles of itself"),
	}
}
