package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// BindPods is to put pods that wait on a node of one's choice.
func BindPods() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "bind-pods", Title: "Bind pods to nodes", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "A binding puts a pod on a node and asks no scheduler: taints that keep pods off a node are passed over, such as those of the control plane, and who " +
				"controls a node takes any pod that waits for one, with its tokens and secrets. Since Kubernetes 1.35 the labels of the binding become those of the " +
				"pod, which puts it behind any Service.",
			Remediation: "Grant bindings to schedulers only, and each in the namespaces whose pods it places.",
			References: []model.Reference{
				model.MITRE("T1610"), model.MITRE("T1528"),
				model.Docs("concepts/scheduling-eviction/assign-pod-node/"),
				model.Reference{Catalogue: "URL", ID: "https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/registry/core/pod/storage/storage.go"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Resource: "pods", Subresource: "binding"}},
		Yields: []attack.Yield{attack.Sideways, attack.Integrity},
		Ground: func(c *attack.Case) {
			onEach(c, 0, attack.Sideways, "", "Pod", controlsNode, waits)
			onEach(c, 0, attack.Integrity, "", "Pod", waits)
		},
	}
}

// waits says which pods can be bound.
const waits = "a pod waits for a node"
