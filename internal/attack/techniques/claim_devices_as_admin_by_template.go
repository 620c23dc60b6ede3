package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/feature"
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ClaimDevicesAsAdminByTemplate is to use devices of others through a template of claims with adminAccess.
func ClaimDevicesAsAdminByTemplate() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "claim-devices-as-admin-by-template", Title: "Create ResourceClaimTemplates with admin access", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "A claim with adminAccess is allocated devices whatever else uses them, and drivers may give it more than others: what runs on an accelerator can be " +
				"watched, read and disturbed, other tenants' memory included. The API server takes such claims in namespaces with the label " +
				"resource.kubernetes.io/admin-access: \"true\", and asks for no further right.",
			Remediation: "Set the label on namespaces of device administrators only, where nobody else creates claims and pods.",
			References: []model.Reference{
				model.MITRE("T1005"), model.MITRE("T1565"),
				model.Reference{Catalogue: "KEP", ID: "5018"},
				model.Docs("concepts/scheduling-eviction/dynamic-resource-allocation/#admin-access"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "create", Group: "resource.k8s.io", Resource: "resourceclaimtemplates"},
			{Verbs: "create", Resource: "pods"},
		},
		Yields: []attack.Yield{attack.Integrity},
		When:   attack.Applicability{Since: 33, Gate: feature.DRAAdminAccess},
		Ground: administersDevices,
	}
}
