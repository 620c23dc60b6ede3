package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// ChangeArgoCdApplications is to have Argo CD deploy manifests of one's own.
func ChangeArgoCdApplications() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-argo-cd-applications", Title: "Create or change Argo CD applications", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "An Application names a repository and a destination; the application controller applies what is there with its own account, in most " +
				"installations with every right. Only its project limits what it takes from where.",
			Remediation: "Keep the namespace of Argo CD to its administrators; give teams projects that name their repositories and namespaces; give the application " +
				"controller only what it deploys.",
			References: []model.Reference{
				model.MITRE("T1610"), model.MITRE("T1078"), {Catalogue: "URL", ID: "https://argo-cd.readthedocs.io/en/stable/operator-manual/app-any-namespace/"}, {Catalogue: "URL", ID: "https://argo-cd.readthedocs.io/en/stable/operator-manual/security/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "argoproj.io", Resource: "applications"}},
		Yields: []attack.Yield{attack.Subject},
		Ground: changeArgoCDApplications,
	}
}

func changeArgoCDApplications(c *attack.Case) {
	for _, s := range custom(c, "applications.argoproj.io", "Application") {
		for _, d := range argoCD().of(c.View) {
			if taken, ok := takesApplications(c.View, &d, s.namespace); ok {
				b := s.and(d.basis).and(taken).and(projects(c.View, d.account.Namespace))
				b.yields(c, attack.Subject, d.account)
			}
		}
	}
}

// takesApplications says whether Argo CD looks for applications in a namespace: in its
// own, and since 2.5 in those that it is told to.
func takesApplications(v *snapshot.View, d *deputy, namespace string) (b basis, ok bool) {
	if namespace == "" || namespace == d.account.Namespace || d.workload == nil {
		return b, true
	}
	const condition = "Argo CD takes applications from the namespace (application.namespaces)"
	if _, evidence, set := d.argument("application-namespaces"); set {
		return basis{evidence: evidence, conditions: []string{condition}}, true
	}
	object, parameters, presence := snapshot.Get(v, kinds.ConfigMaps, d.account.Namespace, "argocd-cmd-params-cm")
	switch presence {
	case snapshot.Present:
		const key = "application.namespaces"
		if value := parameters.Data[key]; value != "" {
			evidence := []model.Evidence{object.Evidence(model.Path("data").Child(key), value)}
			return basis{evidence: evidence, conditions: []string{condition}}, true
		}
		return b, false
	case snapshot.Absent:
		return b, false
	default:
		return basis{unread: []string{condition + "; its ConfigMap argocd-cmd-params-cm was not read"}}, true
	}
}
