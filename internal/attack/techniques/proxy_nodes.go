package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ProxyNodes is to send requests to kubelets, by way of the API server or straight to their port.
func ProxyNodes() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "proxy-nodes", Title: "Proxy requests to nodes", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A kubelet that is asked through nodes/proxy runs commands in every container of its node. A right to get suffices: a websocket begins with a GET, and " +
				"the kubelet asks for nothing more, also since Kubernetes 1.35, where pods/exec needs create. Admission that watches pods/exec does not see the " +
				"command, and of one that went straight to the kubelet the audit log of the API server has at most the question whether it is allowed. What the pods " +
				"hold follows: tokens, secrets, and the node where a privileged container runs on it.",
			Remediation: "Grant monitoring the subresources that it needs since Kubernetes 1.33 (nodes/metrics, nodes/stats, nodes/pods, nodes/healthz, nodes/configz) instead of nodes/proxy.",
			References: []model.Reference{
				model.MITRE("T1609"), model.MITRE("T1613"),
				model.Docs("concepts/security/rbac-good-practices/#access-to-proxy-subresource-of-nodes"),
				model.Docs("reference/access-authn-authz/kubelet-authn-authz/"),
				model.Reference{Catalogue: "KEP", ID: "2862"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "get|create", Resource: "nodes", Subresource: "proxy", ClusterWide: true}},
		Yields: []attack.Yield{attack.Sideways},
		Ground: func(c *attack.Case) {
			intoPodsOf(c, 0)
		},
	}
}
