package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// ChangeIngresses is to answer for the host of another at the edge of the cluster.
func ChangeIngresses() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-ingresses", Title: "Create or change ingresses", Layer: model.LayerNetwork, Severity: model.Medium,
			Rationale: "Most ingress controllers let any namespace claim any host and path: who writes Ingresses sends what users ask of an application of another " +
				"team to a server of theirs, with cookies and passwords, and gets certificates for its host.",
			Remediation: "Bind hosts to namespaces by an admission policy or the controller's own setting; take ingresses from those who need none.",
			References: []model.Reference{
				model.MITRE("T1557"), model.Docs("concepts/services-networking/ingress/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "networking.k8s.io", Resource: "ingresses"}},
		Yields: []attack.Yield{attack.Integrity},
		Ground: changeIngresses,
	}
}

func changeIngresses(c *attack.Case) {
	const group = "networking.k8s.io"
	found := sites(c, snapshot.GroupKind{Group: group, Kind: "Ingress"})
	if len(found) == 0 {
		return
	}
	if controlled, ok := some(c, snapshot.GroupKind{Group: group, Kind: "IngressClass"}, ""); ok {
		found[0].and(controlled).yields(c, attack.Integrity, attack.Of(group, "Ingress", "", ""), "the ingress controller does not keep hosts to namespaces")
	}
}
