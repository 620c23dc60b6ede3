package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ProxyPods is to send requests to pods through the API server.
func ProxyPods() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "proxy-pods", Title: "Send requests to pods through the API server", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "The API server passes requests on to any port of a pod, from its own address: past NetworkPolicies that let it in and past ingresses that ask for a login. The verb follows from the method of the request: get for GET, also of a websocket," +
				" create for POST, and so on; any of them reaches something.",
			Remediation: "Take pods/proxy out of roles, and let everything that listens in a pod ask who calls.",
			References: []model.Reference{
				model.MITRE("T1090"), model.MITRE("T1190"), model.Docs("tasks/access-application-cluster/access-cluster-services/#manually-constructing-apiserver-proxy-urls"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "get|create|update|patch|delete", Resource: "pods", Subresource: "proxy"}},
		Yields: []attack.Yield{attack.Sideways},
		Ground: proxiesPods,
	}
}
