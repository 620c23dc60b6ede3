package cluster

import (
	"time"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerRequestTimeout fails API servers with a timeout of zero or of more
// than five minutes.
func APIServerRequestTimeout() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-request-timeout",
			Title:    "API server lets requests run for very long",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "Slow requests hold a place in the API server's queues for as long as they run. With a timeout of many minutes, " +
				"or none, a few clients can occupy the control plane.",
			Remediation: "Leave --request-timeout at its default of one minute, or set it to a few minutes at most where large lists need " +
				"it.",
			References: []model.Reference{model.CIS("1.2.20"), model.CWE("CWE-400"), model.Docs("reference/command-line-tools-reference/kube-apiserver/")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run: eachComponent(controlplane.APIServer, func(s subject) {
			f, ok := s.known("request-timeout")
			if !ok {
				return
			}
			if d, ok := duration(s.c, f); ok && (d <= 0 || d > 5*time.Minute) {
				fix(s.fail(f, "lets requests run for very long"), f, 1, "1m0s")
			}
		}),
	}
}
