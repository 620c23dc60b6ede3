package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangePriorityLevels is to change a PriorityLevelConfiguration.
func ChangePriorityLevels() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-priority-levels", Title: "Change PriorityLevelConfigurations", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "A PriorityLevelConfiguration is how many requests of a level the API server serves at once, and what becomes of the others. With no share of its own, " +
				"and without a queue, all who were sent to it are turned away: controllers, nodes or people. The API server restores those that it cannot do without, " +
				"and others only while they have the annotation apf.kubernetes.io/autoupdate-spec: \"true\".",
			Remediation: "Let only administrators change PriorityLevelConfigurations.",
			References: []model.Reference{
				model.MITRE("T1499"), model.MITRE("T1498"),
				model.Docs("concepts/cluster-administration/flow-control/"),
				model.Reference{Catalogue: "KEP", ID: "1040"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Group: "flowcontrol.apiserver.k8s.io", Resource: "prioritylevelconfigurations", ClusterWide: true}},
		Yields: []attack.Yield{attack.Denial},
		When:   attack.Applicability{Since: 20},
		Ground: func(c *attack.Case) {
			if b, ok := existing(c, kind("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration")); ok {
				b.yields(c, attack.Denial, attack.Everything())
			}
		},
	}
}
