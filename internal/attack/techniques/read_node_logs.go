package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ReadNodeLogs is to read the log files of nodes from their kubelets.
func ReadNodeLogs() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "read-node-logs", Title: "Read the logs of nodes", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "The kubelet serves everything below /var/log of its node at /logs/: the logs of all containers, of system services, and often the audit log of the API " +
				"server. Where the log query is switched on, it reads the journal too. Programs write passwords, tokens and whole requests to their logs.",
			Remediation: "Collect logs with an agent of limited rights and grant nobody nodes/log; switch off enableSystemLogHandler and enableSystemLogQuery in the kubelets' configuration.",
			References: []model.Reference{
				model.MITRE("T1552.001"), model.MITRE("T1005"),
				model.Docs("concepts/cluster-administration/system-logs/#log-query"),
				model.Reference{Catalogue: "KEP", ID: "2258"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "get", Resource: "nodes", Subresource: "log", ClusterWide: true}},
		Yields: []attack.Yield{attack.Secrets},
		Ground: func(c *attack.Case) {
			c.Yields(attack.Secrets, attack.In("", "Secret", ""),
				reachesKubelets, "the kubelets serve their logs (enableSystemLogHandler)", "what runs on the nodes writes secrets to its logs")
		},
	}
}
