package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/feature"
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ImpersonateServiceAccountsForRequests is to act as service accounts, for some requests.
func ImpersonateServiceAccountsForRequests() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "impersonate-serviceaccounts-for-requests", Title: "Impersonate service accounts for some requests", Layer: model.LayerCluster, Severity: model.High,
			Rationale:   "A rule for the verb impersonate:serviceaccount gives the identity, and rules for impersonate-on:serviceaccount:VERB say which requests may be made as it: in Kubernetes 1.36 and later this is the way to impersonate without getting all that the other may do. What the rules for requests leave open is as good as the rights of the other.",
			Remediation: "Name the identities by resourceNames and give impersonate-on only for the verbs and resources that the program asks for; never for writing, nor for secrets.",
			References: []model.Reference{
				model.MITRE("T1078"), model.MITRE("T1134"), {Catalogue: "KEP", ID: "5284"}, model.Docs("reference/access-authn-authz/user-impersonation/"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "impersonate:serviceaccount", Group: "authentication.k8s.io", Resource: "serviceaccounts"},
		},
		Yields: []attack.Yield{attack.Subject},
		When:   attack.Applicability{Gate: feature.ConstrainedImpersonate},
		Ground: func(c *attack.Case) {
			passing := constrainedTo(c, "serviceaccount")
			for _, name := range targets(c, 0) {
				passing.yields(c, attack.Accounts(c.Namespace, name))
			}
		},
	}
}
