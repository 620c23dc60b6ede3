package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/feature"
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateResourceSlices is to publish devices that are none.
func CreateResourceSlices() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-resource-slices", Title: "Create ResourceSlices", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "ResourceSlices say which devices there are and which nodes have them. Who publishes devices of a driver on a node that he controls draws the pods that " +
				"claim one to it, with their tokens and secrets.",
			Remediation: "Let only drivers write ResourceSlices, those of their own node, with a ValidatingAdmissionPolicy that says so.",
			References: []model.Reference{
				model.MITRE("T1610"), model.MITRE("T1565"),
				model.Docs("concepts/scheduling-eviction/dynamic-resource-allocation/#resourceslice"),
				model.Reference{Catalogue: "KEP", ID: "4381"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Group: "resource.k8s.io", Resource: "resourceslices", ClusterWide: true}},
		Yields: []attack.Yield{attack.Sideways},
		When:   attack.Applicability{Gate: feature.DynamicResources},
		Ground: func(c *attack.Case) {
			c.Yields(attack.Sideways, attack.In("", "Pod", ""), controlsNode, "the pod claims a device")
		},
	}
}
