package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ReadPodLogs is to read what containers print.
func ReadPodLogs() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "read-pod-logs", Title: "Read the logs of pods", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale:   "Programs print what they should not: connection strings, tokens, requests with their headers. Who reads the logs of a namespace reads that of all its pods; where nothing of the kind is printed it gives nothing.",
			Remediation: "Give pods/log in the namespaces that people look after and not in kube-system, and keep credentials out of logs.",
			References: []model.Reference{
				model.MITRE("T1654"), model.MITRE("T1552"), model.Docs("concepts/cluster-administration/logging/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "get", Resource: "pods", Subresource: "log"}},
		Yields: []attack.Yield{attack.Sideways},
		Ground: entersPods("its containers print credentials to their logs"),
	}
}
