package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateStatefulSets is to have a controller run pods from a template of one's own.
func CreateStatefulSets() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-statefulsets", Title: "Create StatefulSets", Layer: model.LayerCluster, Severity: model.High,
			Rationale:   "The StatefulSet controller runs pods of any template, as any service account of the namespace and with any of its secrets, and its claim templates make it claims without the right to create them.",
			Remediation: "Let a pipeline create workloads; enforce the Pod Security level baseline or restricted in the namespace, and keep accounts with rights in namespaces of their own.",
			References: []model.Reference{
				model.MITRE("T1610"), model.MITRE("T1611"), model.Docs("concepts/workloads/controllers/statefulset/"), model.Docs("concepts/security/rbac-good-practices/#workload-creation"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Group: "apps", Resource: "statefulsets"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: runsPodsBy("statefulset-controller"),
	}
}
