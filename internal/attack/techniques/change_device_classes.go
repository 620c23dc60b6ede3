package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/feature"
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeDeviceClasses is to change which devices claims of a class get, and how they are set up.
func ChangeDeviceClasses() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-device-classes", Title: "Change DeviceClasses", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "Drivers trust the configuration of a DeviceClass as an administrator's, where that of a claim is anybody's. Who changes a class decides which devices " +
				"its claims get and with what parameters drivers set them up, in all namespaces; with a selector that no device meets, pods that claim one wait for " +
				"ever.",
			Remediation: "Let only administrators change DeviceClasses.",
			References: []model.Reference{
				model.MITRE("T1565"), model.MITRE("T1499"),
				model.Docs("concepts/scheduling-eviction/dynamic-resource-allocation/#deviceclass"),
				model.Reference{Catalogue: "KEP", ID: "4381"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Group: "resource.k8s.io", Resource: "deviceclasses", ClusterWide: true}},
		Yields: []attack.Yield{attack.Integrity, attack.Denial},
		When:   attack.Applicability{Gate: feature.DynamicResources},
		Ground: func(c *attack.Case) {
			gk := kind("resource.k8s.io", "DeviceClass")
			onExisting(c, attack.Integrity, gk)
			onExisting(c, attack.Denial, gk)
		},
	}
}
