package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ReplaceControllerRevisions is to put another revision in place of the one that a StatefulSet runs.
func ReplaceControllerRevisions() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "replace-controllerrevisions", Title: "Replace ControllerRevisions", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "The StatefulSet controller makes pods from the ControllerRevision that status.currentRevision names, and applies the data of that object as a patch to the whole StatefulSet. Data cannot be changed, but who deletes the object and creates another of the same name" +
				" writes the template, and by updateStrategy in the patch says that it counts for all: the controller then replaces the pods by itself, and they run as any service account of the namespace with any of its secrets.",
			Remediation: "Leave ControllerRevisions to the controllers: no person and no pipeline needs more than to read them.",
			References: []model.Reference{
				model.MITRE("T1525"), model.MITRE("T1611"), {Catalogue: "URL", ID: "https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/controller/statefulset/stateful_set_control.go"}, model.Docs("concepts/workloads/controllers/statefulset/#revision-history"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Group: "apps", Resource: "controllerrevisions"}, {Verbs: "delete|deletecollection", Group: "apps", Resource: "controllerrevisions"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: runsPodsBy("statefulset-controller"),
	}
}
