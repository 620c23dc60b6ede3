package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeStatefulSets is to put something else into the template that a controller runs pods from.
func ChangeStatefulSets() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-statefulsets", Title: "Change StatefulSets", Layer: model.LayerCluster, Severity: model.High,
			Rationale:   "The template of a StatefulSet may be changed: its pods are replaced one after the other, keep the volumes with the data, and run as any service account of the namespace with any of its secrets.",
			Remediation: "Let a pipeline change workloads and give people what they need of scale and status; enforce the Pod Security level baseline or restricted in the namespace.",
			References: []model.Reference{
				model.MITRE("T1525"), model.MITRE("T1611"), model.Docs("concepts/workloads/controllers/statefulset/"), model.Docs("concepts/security/rbac-good-practices/#workload-creation"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Group: "apps", Resource: "statefulsets"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: runsPodsBy("statefulset-controller"),
	}
}
