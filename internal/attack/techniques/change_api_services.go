package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// ChangeAPIServices is to have the API server hand requests on to a server of one's own.
func ChangeAPIServices() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-api-services", Title: "Change API services", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "An APIService says who answers for a version of an API group. Pointed at another Service, all requests for it go there with the name and the " +
				"groups of their author, in headers; and what is built in can be given away too: it is restored only when an API server starts. Who answers " +
				"for v1 tells the kubelets what pods to run and is sent each secret that is written.",
			Remediation: "Give rights on apiservices only to the programs that install an aggregated API, limited to the name of theirs.",
			References: []model.Reference{
				model.MITRE("T1557"), model.MITRE("T1565"), model.Docs("concepts/extend-kubernetes/api-extension/apiserver-aggregation/"), model.Docs("tasks/extend-kubernetes/configure-aggregation-layer/"),
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Group: "apiregistration.k8s.io", Resource: "apiservices", ClusterWide: true}},
		Yields: []attack.Yield{attack.Integrity, attack.Node, attack.Secrets, attack.Denial},
		Ground: changeAPIServices,
	}
}

// coreAPIService is that of the core group, which every cluster has.
const coreAPIService = "v1."

func changeAPIServices(c *attack.Case) {
	const serves = "a Service of the cluster leads to a server of theirs"
	if c.On(0, coreAPIService) {
		c.Yields(attack.Integrity, attack.Everything(), serves)
		c.Yields(attack.Node, attack.Nodes(""), serves, "a kubelet asks for its pods anew")
		c.Yields(attack.Secrets, attack.In("", "Secret", ""), serves, "somebody writes the secret")
		c.Yields(attack.Denial, attack.Everything())
		return
	}
	gk := snapshot.GroupKind{Group: "apiregistration.k8s.io", Kind: "APIService"}
	onExisting(c, attack.Integrity, gk, serves)
	onExisting(c, attack.Denial, gk)
}
