package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreatePriorityClasses is to set the priority of all pods that name no class.
func CreatePriorityClasses() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-priority-classes", Title: "Create PriorityClasses", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "A pod for which there is no room pushes out pods of lower priority. A new class that is the default gives its priority to every pod that is created " +
				"from then on and names none: those push out the pods that were there before.",
			Remediation: "Let only administrators create PriorityClasses, and set a default of low value: there can be only one.",
			References: []model.Reference{
				model.MITRE("T1499"), model.MITRE("T1489"),
				model.Docs("concepts/scheduling-eviction/pod-priority-preemption/#priorityclass"),
				model.Reference{Catalogue: "URL", ID: "https://github.com/kubernetes/kubernetes/blob/v1.36.3/plugin/pkg/admission/priority/admission.go"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Group: "scheduling.k8s.io", Resource: "priorityclasses", ClusterWide: true}},
		Yields: []attack.Yield{attack.Denial},
		Ground: func(c *attack.Case) {
			defaultPriority(c, basis{}, func(string) bool { return false })
		},
	}
}
