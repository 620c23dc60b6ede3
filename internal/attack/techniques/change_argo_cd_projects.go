package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeArgoCdProjects is to widen what a project of Argo CD lets be deployed.
func ChangeArgoCdProjects() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-argo-cd-projects", Title: "Change Argo CD projects", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "A project keeps a team to its repositories, namespaces and kinds. Who changes it lifts the limits for every application of the team, and for " +
				"tokens of the project's roles.",
			Remediation: "Keep the namespace of Argo CD to its administrators; give teams projects that name their repositories and namespaces; give the application " +
				"controller only what it deploys.",
			References: []model.Reference{
				model.MITRE("T1562"), {Catalogue: "URL", ID: "https://argo-cd.readthedocs.io/en/stable/user-guide/projects/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Group: "argoproj.io", Resource: "appprojects"}},
		Yields: []attack.Yield{attack.Integrity},
		Ground: customGuards("appprojects.argoproj.io", "AppProject"),
	}
}
