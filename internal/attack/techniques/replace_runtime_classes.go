package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ReplaceRuntimeClasses is to put another runtime behind a runtime class.
func ReplaceRuntimeClasses() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "replace-runtime-classes", Title: "Replace RuntimeClasses", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "A RuntimeClass says by which runtime, on which nodes and with what overhead the pods run that name it. Deleted and created anew, it has another " +
				"handler: pods that were to run in a sandbox run in the ordinary runtime from then on, with the kernel of the node before them.",
			Remediation: "Let only administrators create and delete RuntimeClasses.",
			References: []model.Reference{
				model.MITRE("T1562.001"), model.MITRE("T1611"),
				model.Docs("concepts/containers/runtime-class/"),
				model.Reference{Catalogue: "KEP", ID: "585"},
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "delete|deletecollection", Group: "node.k8s.io", Resource: "runtimeclasses", ClusterWide: true},
			{Verbs: "create", Group: "node.k8s.io", Resource: "runtimeclasses", ClusterWide: true},
		},
		Yields: []attack.Yield{attack.Integrity},
		Ground: func(c *attack.Case) {
			onExisting(c, attack.Integrity, kind("node.k8s.io", "RuntimeClass"))
		},
	}
}
