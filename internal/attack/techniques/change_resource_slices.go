package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/feature"
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeResourceSlices is to change which devices drivers are said to have.
func ChangeResourceSlices() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-resource-slices", Title: "Change ResourceSlices", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "ResourceSlices say which devices there are and which nodes have them. Who changes them takes the devices of nodes away or moves them: pods that claim " +
				"one do not start, or start where he wants them, with their tokens and secrets. The driver writes what it has anew, after a while.",
			Remediation: "Let only drivers write ResourceSlices, those of their own node, with a ValidatingAdmissionPolicy that says so.",
			References: []model.Reference{
				model.MITRE("T1565"), model.MITRE("T1499"),
				model.Docs("concepts/scheduling-eviction/dynamic-resource-allocation/#resourceslice"),
				model.Reference{Catalogue: "KEP", ID: "4381"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Group: "resource.k8s.io", Resource: "resourceslices", ClusterWide: true}},
		Yields: []attack.Yield{attack.Sideways, attack.Integrity, attack.Denial},
		When:   attack.Applicability{Gate: feature.DynamicResources},
		Ground: func(c *attack.Case) {
			gk := kind("resource.k8s.io", "ResourceSlice")
			onExisting(c, attack.Integrity, gk)
			onExisting(c, attack.Denial, gk)
			if b, ok := existing(c, gk); ok {
				b.yields(c, attack.Sideways, attack.In("", "Pod", ""), controlsNode, "the pod claims a device")
			}
		},
	}
}
