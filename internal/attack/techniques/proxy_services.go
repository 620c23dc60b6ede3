package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ProxyServices is to send requests to the pods behind Services through the API server.
func ProxyServices() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "proxy-services", Title: "Send requests to Services through the API server", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "The API server passes requests on to the pods behind a Service, from its own address: past NetworkPolicies that let it in and past ingresses that ask for a login. Dashboards and metrics that rely on nobody reaching them are open." +
				" It only reaches pods of the Service's namespace.",
			Remediation: "Take services/proxy out of roles, and let everything behind a Service ask who calls.",
			References: []model.Reference{
				model.MITRE("T1090"), model.MITRE("T1190"), model.Docs("tasks/access-application-cluster/access-cluster-services/#manually-constructing-apiserver-proxy-urls"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "get|create|update|patch|delete", Resource: "services", Subresource: "proxy"}},
		Yields: []attack.Yield{attack.Sideways},
		Ground: proxiesServices,
	}
}
