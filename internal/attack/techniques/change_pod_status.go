package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangePodStatus is to change pods/status.
func ChangePodStatus() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-pod-status", Title: "Change the status of pods", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "What the status of a pod says, others act on: its address and readiness become endpoints of Services, so that traffic goes to an address of one's " +
				"choice; the phase Failed has its controller replace it. The labels of the pod can be changed by the same request, which puts it behind a Service or " +
				"takes it from its controller and its NetworkPolicies. The kubelet corrects the status of pods that it runs, but no labels.",
			Remediation: "Grant pods/status to nobody but nodes; controllers that set readiness gates get it in the namespaces that they serve.",
			References: []model.Reference{
				model.MITRE("T1565"), model.MITRE("T1557"),
				model.Docs("concepts/workloads/pods/pod-lifecycle/"),
				model.Reference{Catalogue: "URL", ID: "https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/registry/core/pod/strategy.go"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Resource: "pods", Subresource: "status"}},
		Yields: []attack.Yield{attack.Integrity, attack.Denial},
		Ground: func(c *attack.Case) {
			onEach(c, 0, attack.Integrity, "", "Pod")
			onEach(c, 0, attack.Denial, "", "Pod")
		},
	}
}
