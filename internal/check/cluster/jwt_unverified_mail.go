package cluster

import (
	"slices"
	"strings"

	apiserverv1 "k8s.io/apiserver/pkg/apis/apiserver/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// JWTUnverifiedMail fails issuers whose users are named by an expression with
// the mail address and without email_verified.
func JWTUnverifiedMail() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "jwt-unverified-mail",
			Title:    "Users are named by mail addresses that nobody verified",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "At many identity providers people enter their mail address themselves. Who enters that of an administrator " +
				"becomes the administrator.",
			Remediation: "Use username.claim: email, which makes the API server look at email_verified, or add the claimValidationRule " +
				"claims.email_verified == true; better, name users by sub.",
			References: []model.Reference{model.MITRE("T1078"), model.CWE("CWE-290"), model.Docs("reference/access-authn-authz/authentication/#using-authentication-configuration")},
		},
		On: []string{"apiserver.config.k8s.io/AuthenticationConfiguration"},
		Run: func(c *check.Case) {
			eachIssuer(c, func(j *apiserverv1.JWTAuthenticator, path model.Path) {
				username := &j.ClaimMappings.Username
				if !strings.Contains(username.Expression, "claims.email") && !strings.Contains(username.Expression, "claims.?email") {
					return
				}
				if strings.Contains(username.Expression, "email_verified") || slices.ContainsFunc(j.ClaimValidationRules, func(rule apiserverv1.ClaimValidationRule) bool {
					return rule.Claim == "email_verified" || strings.Contains(rule.Expression, "email_verified")
				}) {
					return
				}
				c.Fail(j.Issuer.URL, "users of %s are named by mail addresses that are not verified", j.Issuer.URL).
					At(path+".claimMappings.username.expression", username.Expression).At(path+".claimValidationRules", nil)
			})
		},
	}
}
