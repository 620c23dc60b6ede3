package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeArgoCdRbac is to become an administrator of Argo CD.
func ChangeArgoCdRbac() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-argo-cd-rbac", Title: "Change the roles of Argo CD", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "The ConfigMap argocd-rbac-cm says what users of Argo CD may do: a line of policy, or policy.default, makes any of them its administrator, who " +
				"deploys what he likes with its account.",
			Remediation: "Keep the namespace of Argo CD to its administrators; give teams projects that name their repositories and namespaces; give the application " +
				"controller only what it deploys.",
			References: []model.Reference{
				model.MITRE("T1098"), model.MITRE("T1556"), {Catalogue: "URL", ID: "https://argo-cd.readthedocs.io/en/stable/operator-manual/rbac/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Resource: "configmaps"}},
		Yields: []attack.Yield{attack.Subject},
		Ground: func(c *attack.Case) { changeArgoCD(c, "ConfigMap", "argocd-rbac-cm", "they can sign in to Argo CD") },
	}
}
