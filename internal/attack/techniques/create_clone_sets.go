package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateCloneSets is to run pods through OpenKruise.
func CreateCloneSets() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-clone-sets", Title: "Create or change OpenKruise clone sets", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A CloneSet takes the place of a Deployment and has the same pod template. The pod runs as any account of the namespace and mounts any of its " +
				"secrets.",
			Remediation: "Give rights on the resource only in namespaces whose accounts and secrets the same people may use; enforce the Pod Security level baseline or " +
				"restricted there.",
			References: []model.Reference{
				model.MITRE("T1610"), {Catalogue: "URL", ID: "https://openkruise.io/docs/user-manuals/cloneset/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "apps.kruise.io", Resource: "clonesets"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: customPods("clonesets.apps.kruise.io", "CloneSet"),
	}
}
