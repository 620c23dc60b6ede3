package cluster

import (
	"strings"

	apiserverv1 "k8s.io/apiserver/pkg/apis/apiserver/v1"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// JWTNamesWithoutPrefix fails issuers whose names could be those of
// Kubernetes: claims without a prefix, and no rule that looks for system:.
func JWTNamesWithoutPrefix() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "jwt-names-without-prefix",
			Title:    "An identity provider may name users and groups of Kubernetes itself",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "Names and groups are taken from tokens as they are. Whoever can choose their name or make a group at the " +
				"identity provider may call it system:masters, or like a service account or a node, and has its rights.",
			Remediation: "Give username and groups a prefix such as \"oidc:\" (--oidc-username-prefix, --oidc-groups-prefix), or refuse the " +
				"others with a userValidationRule: !user.username.startsWith('system:') and the same for groups.",
			References: []model.Reference{model.MITRE("T1078"), model.CWE("CWE-290"), model.Docs("reference/access-authn-authz/authentication/#using-authentication-configuration")},
		},
		On:   append(controlplane.Kinds(), "apiserver.config.k8s.io/AuthenticationConfiguration"),
		Only: &configuring,
		Run: func(c *check.Case) {
			if c.Object.Kind != "AuthenticationConfiguration" {
				judgeComponents(c, subject.judgeOIDC, controlplane.APIServer)
				return
			}
			eachIssuer(c, func(j *apiserverv1.JWTAuthenticator, path model.Path) {
				if guardsSystemNames(j) {
					return
				}
				for _, mapping := range []struct {
					name string
					from *apiserverv1.PrefixedClaimOrExpression
				}{{"username", &j.ClaimMappings.Username}, {"groups", &j.ClaimMappings.Groups}} {
					at := path + model.Path(".claimMappings."+mapping.name)
					switch from := mapping.from; {
					case from.Claim != "" && (from.Prefix == nil || *from.Prefix == ""):
						c.Fail(j.Issuer.URL+" "+mapping.name, "%s may send any %s: the claim %s gets no prefix", j.Issuer.URL, mapping.name, from.Claim).
							At(at+".prefix", from.Prefix).At(at+".claim", from.Claim)
					case from.Expression != "" && !strings.ContainsAny(from.Expression, "'\""):
						c.Fail(j.Issuer.URL+" "+mapping.name, "%s may send any %s: the expression adds no prefix", j.Issuer.URL, mapping.name).
							At(at+".expression", from.Expression)
					}
				}
			})
		},
	}
}

// judgeOIDC judges the flags. Without --oidc-username-prefix names get the issuer's
// URL in front, unless they are mail addresses; groups get nothing.
func (s subject) judgeOIDC() {
	issuer, ok := s.known("oidc-issuer-url")
	if !ok {
		return
	}
	if issuer.Value == "" {
		s.c.Skip()
		return
	}
	if prefix, ok := s.known("oidc-username-prefix"); ok && prefix.Value == "-" {
		fix(s.failKey(s.Name+" username", prefix, "lets %s send any username", issuer.Value), prefix, 4, "oidc:")
	}
	claim, ok := s.known("oidc-groups-claim")
	if !ok || claim.Value == "" {
		return
	}
	if prefix, ok := s.known("oidc-groups-prefix"); ok && prefix.Value == "" {
		fix(and(s.failKey(s.Name+" groups", prefix, "lets %s send any group", issuer.Value), claim), prefix, 4, "oidc:")
	}
}
