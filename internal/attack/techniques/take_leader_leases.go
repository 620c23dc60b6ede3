package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// TakeLeaderLeases is to take the lease by which a controller leads.
func TakeLeaderLeases() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "take-leader-leases", Title: "Take the leases of controllers", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "The controller manager and the scheduler work only while they hold their Lease in kube-system. Who writes himself into it, again and again, has them " +
				"stop: nothing is scheduled, nothing is repaired, no token and no endpoint is made.",
			Remediation: "Grant leases in kube-system by name, to the controllers that hold them.",
			References: []model.Reference{
				model.MITRE("T1489"), model.MITRE("T1499"),
				model.Docs("concepts/architecture/leases/#leader-election"),
				model.Reference{Catalogue: "URL", ID: "https://github.com/kubernetes/kubernetes/blob/v1.36.3/cmd/kube-controller-manager/app/controllermanager.go"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Group: "coordination.k8s.io", Resource: "leases"}},
		Yields: []attack.Yield{attack.Denial},
		Ground: func(c *attack.Case) {
			const namespace = "kube-system"
			if c.Namespace != "" && c.Namespace != namespace {
				return
			}
			for _, name := range []string{"kube-controller-manager", "kube-scheduler"} {
				if c.On(0, name) {
					c.Yields(attack.Denial, attack.Of("coordination.k8s.io", "Lease", namespace, name))
				}
			}
		},
	}
}
