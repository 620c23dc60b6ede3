package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// ControlPlaneUnauthenticatedPaths fails programs that serve more than their
// health without a login.
func ControlPlaneUnauthenticatedPaths() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "control-plane-unauthenticated-paths",
			Title:    "Controller manager or scheduler serves more than health without login",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "Metrics name nodes, namespaces and workloads, and profiles show memory. Paths in " +
				"--authorization-always-allow-paths are served to whoever reaches the port, without a login.",
			Remediation: "Keep --authorization-always-allow-paths at its default: /healthz,/readyz,/livez.",
			References:  []model.Reference{model.CWE("CWE-862"), model.Docs("reference/command-line-tools-reference/kube-controller-manager/")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run: func(c *check.Case) {
			judgeComponents(c, subject.judgeOpenPaths, controlplane.ControllerManager, controlplane.Scheduler, controlplane.CloudControllerManager)
		},
	}
}

func (s subject) judgeOpenPaths() {
	paths, known := s.Items("authorization-always-allow-paths")
	if !known {
		s.c.Unknown()
	}
	for _, path := range paths {
		switch path.Value {
		case "/healthz", "/livez", "/readyz", "/healthz/*", "/livez/*", "/readyz/*":
		default:
			s.failKey(s.Name+" "+path.Value, path, "serves %s without a login", path.Value)
		}
	}
}
