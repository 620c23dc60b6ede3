package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeArgoCdConfig is to say who signs in to Argo CD.
func ChangeArgoCdConfig() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-argo-cd-config", Title: "Change the configuration of Argo CD", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "The ConfigMap argocd-cm says who signs users of Argo CD in: with another identity provider, a local account or anonymous access the attacker " +
				"is whom he likes, one of the administrators too.",
			Remediation: "Keep the namespace of Argo CD to its administrators; give teams projects that name their repositories and namespaces; give the application " +
				"controller only what it deploys.",
			References: []model.Reference{
				model.MITRE("T1098"), model.MITRE("T1556"), {Catalogue: "URL", ID: "https://argo-cd.readthedocs.io/en/stable/operator-manual/user-management/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Resource: "configmaps"}},
		Yields: []attack.Yield{attack.Subject},
		Ground: func(c *attack.Case) { changeArgoCD(c, "ConfigMap", "argocd-cm", "they reach the server of Argo CD") },
	}
}
