package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// EtcdProfiling fails etcd with profiling on.
func EtcdProfiling() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "etcd-profiling",
			Title:    "etcd serves profiles of itself",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "Profiles at /debug/pprof show what the process does and holds, and taking one costs time that the control plane " +
				"needs.",
			Remediation: "Remove --enable-pprof.",
			References:  []model.Reference{model.CWE("CWE-489"), model.Docs("tasks/administer-cluster/configure-upgrade-etcd/")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run: eachComponent(controlplane.Etcd, func(s subject) {
			if f, ok := s.known("enable-pprof"); ok && f.Is("true") {
				fix(s.fail(f, "serves profiles of itself"), f, 1, false)
			}
		}),
	}
}
