package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateNamespaces is to run pods where nobody has set a Pod Security level.
func CreateNamespaces() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-namespaces", Title: "Create namespaces and pods in them", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A namespace that one creates oneself has the labels that one gives it: pod-security.kubernetes.io/enforce: privileged, or none. Who may also " +
				"create pods in all namespaces takes over a node, whatever level the namespaces of others enforce.",
			Remediation: "Let a pipeline make namespaces, with their labels; give rights on pods by RoleBindings in the namespaces that need them.",
			References: []model.Reference{
				model.MITRE("T1611"), model.Docs("concepts/security/rbac-good-practices/#namespace-modification"), model.Docs("concepts/security/pod-security-admission/"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "create", Resource: "namespaces", ClusterWide: true},
			{Verbs: "create", Resource: "pods"},
		},
		Yields: []attack.Yield{attack.Node},
		Ground: func(c *attack.Case) {
			if c.Everywhere() {
				c.Yields(attack.Node, attack.Nodes(""))
			}
		},
	}
}
