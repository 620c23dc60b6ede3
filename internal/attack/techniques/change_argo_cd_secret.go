package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeArgoCdSecret is to set the password of Argo CD's administrator.
func ChangeArgoCdSecret() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-argo-cd-secret", Title: "Change the secret of Argo CD", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "The Secret argocd-secret holds the hash of the administrator's password and the key that signs sessions: whoever writes it is the " +
				"administrator of Argo CD.",
			Remediation: "Keep the namespace of Argo CD to its administrators; give teams projects that name their repositories and namespaces; give the application " +
				"controller only what it deploys.",
			References: []model.Reference{
				model.MITRE("T1098"), model.MITRE("T1556"), {Catalogue: "URL", ID: "https://argo-cd.readthedocs.io/en/stable/operator-manual/user-management/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Resource: "secrets"}},
		Yields: []attack.Yield{attack.Subject},
		Ground: func(c *attack.Case) { changeArgoCD(c, "Secret", "argocd-secret", "they reach the server of Argo CD") },
	}
}
