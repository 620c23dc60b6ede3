package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// AttachPods is to read and write the standard streams of containers.
func AttachPods() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "attach-pods", Title: "Attach to containers", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale:   "Who attaches sees what a container prints from now on, and where its input is open types into it: a shell, an interpreter or a debugger runs what he types, as the pod.",
			Remediation: "Give pods/attach to nobody for good, and run no container in production with stdin open.",
			References: []model.Reference{
				model.MITRE("T1609"), model.Docs("reference/kubectl/generated/kubectl_attach/"), model.Docs("concepts/security/rbac-good-practices/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Resource: "pods", Subresource: "attach"}},
		Yields: []attack.Yield{attack.Sideways},
		Ground: entersPods("a container of the pod runs what it reads from its standard input, which is open"),
	}
}
