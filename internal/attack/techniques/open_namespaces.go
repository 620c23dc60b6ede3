package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// OpenNamespaces is to lower the Pod Security level of a namespace and run pods in it.
func OpenNamespaces() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "open-namespaces", Title: "Open a namespace to privileged pods", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "The level that Pod Security enforces is a label of the namespace. Who may change the label and create pods there sets it to privileged and " +
				"takes over a node, in a namespace that looked closed.",
			Remediation: "Take rights to change namespaces from those who deploy into them; guard the labels pod-security.kubernetes.io by an admission policy.",
			References: []model.Reference{
				model.MITRE("T1562"), model.MITRE("T1611"), model.Docs("concepts/security/rbac-good-practices/#namespace-modification"), model.Docs("concepts/security/pod-security-admission/"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "update|patch", Resource: "namespaces"},
			{Verbs: "create", Resource: "pods"},
		},
		Yields: []attack.Yield{attack.Node},
		Ground: openNamespaces,
	}
}

func openNamespaces(c *attack.Case) {
	if c.Namespace != "" && !c.On(0, c.Namespace) {
		return
	}
	found := namespaceLevels.Of(c.View, c.Namespace)
	if evidence := found.enforced(c); evidence != nil {
		c.Shown(attack.Node, attack.Nodes(""), evidence)
	} else if found.unread {
		c.Perhaps(attack.Node, attack.Nodes(""), "one of the namespaces enforces a Pod Security level, which they lower; its labels or the API server's configuration were not read")
	}
}
