package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// RequestTokens is to have tokens of service accounts issued.
func RequestTokens() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "request-tokens", Title: "Request tokens of service accounts", Layer: model.LayerCluster, Severity: model.High,
			Rationale:   "The subresource token issues a token of the account for whoever asks, for any audience and for long: the attacker acts as the account, in the cluster and wherever its tokens are believed, such as the identity service of a cloud.",
			Remediation: "Limit create on serviceaccounts/token to the names of the accounts that the program needs; the kubelet needs no such right for pods.",
			References: []model.Reference{
				model.MITRE("T1528"), model.MITRE("T1550.001"), model.Docs("concepts/security/rbac-good-practices/#token-request"), model.Docs("reference/kubernetes-api/authentication-resources/token-request-v1/"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "create", Resource: "serviceaccounts", Subresource: "token"},
		},
		Yields: []attack.Yield{attack.Subject},
		Ground: func(c *attack.Case) { onEach(c, 0, attack.Subject, "", "ServiceAccount") },
	}
}
