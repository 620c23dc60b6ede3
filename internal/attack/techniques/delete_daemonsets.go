package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// DeleteDaemonSets is to end what runs.
func DeleteDaemonSets() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "delete-daemonsets", Title: "Delete DaemonSets", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale:   "What runs on every node ends at once: the agents of the network and of storage, and those that watch for intruders.",
			Remediation: "Give delete by name, and deletecollection to nobody; keep manifests where the workload can be made again from.",
			References: []model.Reference{
				model.MITRE("T1489"), model.MITRE("T1562.001"), model.Docs("concepts/workloads/controllers/daemonset/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "delete|deletecollection", Group: "apps", Resource: "daemonsets"}},
		Yields: []attack.Yield{attack.Denial},
		Ground: stopsObjects("apps", "DaemonSet"),
	}
}
