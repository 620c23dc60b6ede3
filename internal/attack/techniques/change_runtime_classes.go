package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeRuntimeClasses is to change on which nodes the pods of a runtime class run.
func ChangeRuntimeClasses() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-runtime-classes", Title: "Change RuntimeClasses", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "A RuntimeClass says by which runtime, on which nodes and with what overhead the pods run that name it. Its handler cannot be changed, but the nodes " +
				"and tolerations can, which admission copies into new pods: they start on a node of the changer's choice, with their tokens and secrets.",
			Remediation: "Let only administrators change RuntimeClasses.",
			References: []model.Reference{
				model.MITRE("T1610"), model.MITRE("T1565"),
				model.Docs("concepts/containers/runtime-class/#scheduling"),
				model.Reference{Catalogue: "URL", ID: "https://github.com/kubernetes/kubernetes/blob/v1.36.3/plugin/pkg/admission/runtimeclass/admission.go"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Group: "node.k8s.io", Resource: "runtimeclasses", ClusterWide: true}},
		Yields: []attack.Yield{attack.Sideways, attack.Integrity},
		Ground: func(c *attack.Case) {
			gk := kind("node.k8s.io", "RuntimeClass")
			onExisting(c, attack.Integrity, gk)
			if b, ok := existing(c, gk); ok {
				b.yields(c, attack.Sideways, attack.In("", "Pod", ""), controlsNode, "the pod names the runtime class")
			}
		},
	}
}
