package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeDaemonSets is to put something else into the template that a controller runs pods from.
func ChangeDaemonSets() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-daemonsets", Title: "Change DaemonSets", Layer: model.LayerCluster, Severity: model.High,
			Rationale:   "A changed template reaches every node that the DaemonSet runs on; agents of the network, of storage and of logs are DaemonSets that may do much, and their namespaces are seldom restricted.",
			Remediation: "Let a pipeline change workloads and give people what they need of scale and status; enforce the Pod Security level baseline or restricted in the namespace.",
			References: []model.Reference{
				model.MITRE("T1525"), model.MITRE("T1543.005"), model.MITRE("T1611"), model.Docs("concepts/workloads/controllers/daemonset/"), model.Docs("concepts/security/rbac-good-practices/#workload-creation"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Group: "apps", Resource: "daemonsets"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: runsPodsBy("daemon-set-controller"),
	}
}
