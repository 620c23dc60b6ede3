package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateDaemonSets is to have a controller run pods from a template of one's own.
func CreateDaemonSets() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-daemonsets", Title: "Create DaemonSets", Layer: model.LayerCluster, Severity: model.High,
			Rationale:   "A DaemonSet puts a pod on every node at once, with tolerations also on those of the control plane, as any service account of the namespace, with any of its secrets and, unless admission forbids it, access to the nodes.",
			Remediation: "Let a pipeline create workloads; enforce the Pod Security level baseline or restricted in the namespace, and keep accounts with rights in namespaces of their own.",
			References: []model.Reference{
				model.MITRE("T1610"), model.MITRE("T1543.005"), model.MITRE("T1611"), model.Docs("concepts/workloads/controllers/daemonset/"), model.Docs("concepts/security/rbac-good-practices/#workload-creation"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Group: "apps", Resource: "daemonsets"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: runsPodsBy("daemon-set-controller"),
	}
}
