package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerStaticCredentials fails API servers that read tokens or passwords
// from a file.
func APIServerStaticCredentials() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-static-credentials",
			Title:    "API server accepts tokens or passwords from a file",
			Layer:    model.LayerCluster,
			Severity: model.High,
			Rationale: "Tokens in a file do not expire, stand in clear text on every control plane node and stay valid until the server " +
				"is restarted. A copy of the file is access for as long as nobody notices.",
			Remediation: "Remove --token-auth-file (and --basic-auth-file of old releases). Let people log in with OIDC and programs with " +
				"service account tokens or short-lived client certificates.",
			References: []model.Reference{model.CIS("1.2.2"), model.NSA("Authentication and authorization"), model.MITRE("T1078.001"), model.CWE("CWE-798"), model.Docs("reference/access-authn-authz/authentication/#static-token-file")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run: eachComponent(controlplane.APIServer, func(s subject) {
			for _, flag := range []string{"token-auth-file", "basic-auth-file"} {
				if f, ok := s.known(flag); ok && f.Value != "" {
					s.failKey(s.Name+" "+flag, f, "accepts credentials that never expire")
				}
			}
		}),
	}
}
