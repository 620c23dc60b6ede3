package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerWithoutNodeRestriction fails API servers that do not limit kubelets
// to their own node.
func APIServerWithoutNodeRestriction() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-without-node-restriction",
			Title:    "API server lets kubelets change other nodes",
			Layer:    model.LayerCluster,
			Severity: model.High,
			Rationale: "A kubelet, and so whoever takes a node over, may relabel other nodes to attract their pods, change pods of other " +
				"nodes and ask for tokens of any service account: one node becomes all of them.",
			Remediation: "Add NodeRestriction to --enable-admission-plugins, together with the authorization mode Node.",
			References:  []model.Reference{model.CIS("1.2.14"), model.MITRE("T1078"), model.CWE("CWE-269"), model.Docs("reference/access-authn-authz/admission-controllers/#noderestriction")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run:  pluginMustBeOn("NodeRestriction", 1, "lets kubelets change other nodes"),
	}
}
