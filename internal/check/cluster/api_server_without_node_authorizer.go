package cluster

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerWithoutNodeAuthorizer fails API servers that do not authorize
// kubelets by the pods they run.
func APIServerWithoutNodeAuthorizer() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-without-node-authorizer",
			Title:    "API server does not use the Node authorizer",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "The Node authorizer gives a kubelet the Secrets, ConfigMaps and volumes of its own pods only. Without it " +
				"kubelets need rights to all of them, and one taken over node reads the Secrets of the whole cluster.",
			Remediation: "Put Node first in --authorization-mode: Node,RBAC. In an AuthorizationConfiguration add the authorizer type: " +
				"Node.",
			References: []model.Reference{model.CIS("1.2.7"), model.MITRE("T1552.007"), model.CWE("CWE-269"), model.Docs("reference/access-authn-authz/node/")},
		},
		On:   authorizationKinds(),
		Only: &configuring,
		Run:  mustAuthorize("Node", 2, "does not limit kubelets to their own pods"),
	}
}
