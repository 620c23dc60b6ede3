package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// DeleteNamespaces is to delete namespaces with all that is in them.
func DeleteNamespaces() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "delete-namespaces", Title: "Delete namespaces", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale:   "With a namespace goes everything in it: workloads, secrets, and the claims with their data.",
			Remediation: "Let only administrators and the tools that create namespaces delete them; keep backups outside of the cluster.",
			References: []model.Reference{
				model.MITRE("T1485"), model.MITRE("T1489"),
				model.Docs("concepts/overview/working-with-objects/namespaces/"),
				model.Reference{Catalogue: "URL", ID: "https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/registry/core/namespace/storage/storage.go"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "delete", Resource: "namespaces"}},
		Yields: []attack.Yield{attack.Denial},
		Ground: func(c *attack.Case) {
			if c.Everywhere() {
				onEach(c, 0, attack.Denial, "", "Namespace")
			} else if c.On(0, c.Namespace) {
				// A request for one namespace by its name counts in that namespace.
				c.Yields(attack.Denial, attack.Namespaces(c.Namespace))
			}
		},
	}
}
