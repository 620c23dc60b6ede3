package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerOldTLS fails API servers that were told to accept versions of TLS
// that are out of use.
func APIServerOldTLS() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-old-tls",
			Title:    "API server accepts TLS 1.0 or 1.1",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "TLS 1.0 and 1.1 have known weaknesses and have been out of use since 2021. A client that is talked down to them " +
				"sends its credentials over a connection that can be broken.",
			Remediation: "Remove --tls-min-version (1.2 is the default), or set VersionTLS12 or VersionTLS13.",
			References:  []model.Reference{model.CIS("1.2.29"), model.CWE("CWE-326"), model.Docs("reference/command-line-tools-reference/kube-apiserver/")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run: eachComponent(controlplane.APIServer, func(s subject) {
			if f, ok := s.known("tls-min-version"); ok && isOldTLS(f.Value) {
				fix(s.fail(f, "accepts versions of TLS that are out of use"), f, 1, "VersionTLS12")
			}
		}),
	}
}
