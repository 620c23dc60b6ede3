package cluster

import (
	"strings"

	apiserverv1 "k8s.io/apiserver/pkg/apis/apiserver/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// JWTIssuerUnchecked fails issuers that are reached in clear text or name no
// audience. API servers refuse some of these files.
func JWTIssuerUnchecked() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "jwt-issuer-unchecked",
			Title:    "Tokens of an issuer are accepted without TLS or audience",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "Over http anybody on the way hands out the keys that tokens are verified with. Without an audience of its own, a " +
				"token that a user gave to any other application of the same issuer opens the cluster too.",
			Remediation: "Write issuer.url (and discoveryURL) with https://, and name the client of this cluster in issuer.audiences " +
				"(--oidc-client-id).",
			References: []model.Reference{model.MITRE("T1550.001"), model.CWE("CWE-345"), model.Docs("reference/access-authn-authz/authentication/#using-authentication-configuration")},
		},
		On: []string{"apiserver.config.k8s.io/AuthenticationConfiguration"},
		Run: func(c *check.Case) {
			eachIssuer(c, func(j *apiserverv1.JWTAuthenticator, path model.Path) {
				issuer := &j.Issuer
				if !strings.HasPrefix(issuer.URL, "https://") {
					c.Fail(issuer.URL, "tokens of %s are verified with keys from an unprotected address", issuer.URL).At(path+".issuer.url", issuer.URL)
				}
				if issuer.DiscoveryURL != nil && !strings.HasPrefix(*issuer.DiscoveryURL, "https://") {
					c.Fail(issuer.URL+" discovery", "keys of %s come from an unprotected address", issuer.URL).At(path+".issuer.discoveryURL", issuer.DiscoveryURL)
				}
				if len(issuer.Audiences) == 0 {
					c.Fail(issuer.URL+" audience", "tokens of %s are accepted for any audience", issuer.URL).At(path+".issuer.audiences", nil)
				}
			})
		},
	}
}
