package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerProfiling fails API servers with profiling on, which is the
// default.
func APIServerProfiling() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-profiling",
			Title:    "API server serves profiles of itself",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "Profiles at /debug/pprof show what the process does and holds, down to memory addresses and command lines, and " +
				"taking one costs time that the control plane needs. Nobody needs them in normal operation.",
			Remediation: "Set --profiling=false.",
			References:  []model.Reference{model.CIS("1.2.15"), model.CWE("CWE-489"), model.Docs("reference/command-line-tools-reference/kube-apiserver/")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run:  flagMustBe(controlplane.APIServer, "profiling", false, 1, "serves profiles of itself"),
	}
}
