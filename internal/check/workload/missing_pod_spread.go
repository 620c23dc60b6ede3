package workload

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// MissingPodSpread fails workloads whose pods may all stand on one node.
func MissingPodSpread() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "missing-pod-spread",
			Title:    "Several replicas, and nothing spreads them over nodes",
			Layer:    model.LayerWorkload,
			Severity: model.Info,
			Rationale: "The scheduler spreads pods of its own accord only as far as nothing else counts more: one node, or one zone, " +
				"that fails can take all of them.",
			Remediation: "Add topologySpreadConstraints over kubernetes.io/hostname (and topology.kubernetes.io/zone), or a " +
				"podAntiAffinity.",
			References: []model.Reference{model.Docs("concepts/scheduling-eviction/topology-spread-constraints/")},
		},
		On: replicated(),
		Run: func(c *check.Case) {
			w := c.Workload()
			affinity := w.Spec.Affinity
			if len(w.Spec.TopologySpreadConstraints) > 0 || affinity != nil && affinity.PodAntiAffinity != nil {
				return
			}
			number, known := replicas(c, w)
			if !known {
				return
			}
			if number < 2 {
				c.Skip()
				return
			}
			atReplicas(c, w, c.Fail("", "its %d pods may all run on one node", number).
				At(w.Path+".topologySpreadConstraints", nil))
		},
	}
}
