package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerInsecurePort fails API servers with the insecure port. Releases
// from 1.20 on refuse to open it, and those from 1.24 on to start with the
// flag.
func APIServerInsecurePort() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-insecure-port",
			Title:    "API server listens without TLS or login",
			Layer:    model.LayerCluster,
			Severity: model.Critical,
			Rationale: "The insecure port knows no authentication and no authorization: whoever reaches it, which every process on the " +
				"node can, is the administrator of the cluster.",
			Remediation: "Remove --insecure-port and --insecure-bind-address, and upgrade: 1.20 took the port out, 1.24 the flags.",
			References:  []model.Reference{model.NSA("Control plane"), model.MITRE("T1190"), model.CWE("CWE-306"), model.Docs("concepts/security/controlling-access/")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run: eachComponent(controlplane.APIServer, func(s subject) {
			f, ok := s.known("insecure-port")
			switch {
			case !ok || f.Is("0"):
			case s.Version.AtLeast(20):
				fix(s.fail(f, "is told to listen without login, which release %s refuses", s.Version).Severity(model.Low), f, 1, 0)
			default:
				fix(s.fail(f, "gives everybody who reaches the port all rights"), f, 1, 0)
			}
		}),
	}
}
