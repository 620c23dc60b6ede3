package cluster

import (
	"strings"

	apiserverv1 "k8s.io/apiserver/pkg/apis/apiserver/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// eachIssuer visits the issuers of tokens that an AuthenticationConfiguration trusts.
func eachIssuer(c *check.Case, judge func(j *apiserverv1.JWTAuthenticator, path model.Path)) {
	config, err := kinds.AuthenticationConfigurations.Read(c.Object)
	switch {
	case err != nil:
		c.Unknown()
	case len(config.JWT) == 0:
		c.Skip()
	default:
		for i := range config.JWT {
			judge(&config.JWT[i], model.Path("jwt").Index(i))
		}
	}
}

// guardsSystemNames reports whether a rule looks at the prefix that Kubernetes
// keeps for itself. What the rule makes of it is not examined.
func guardsSystemNames(j *apiserverv1.JWTAuthenticator) bool {
	for _, rule := range j.UserValidationRules {
		if strings.Contains(rule.Expression, "system:") {
			return true
		}
	}
	return false
}
