package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// OpenVMScreens is to sit down at a running virtual machine.
func OpenVMScreens() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "open-vm-screens", Title: "Open screens of virtual machines", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "The vnc of a virtual machine is its screen and keyboard: whoever opens it stands before the boot loader and the log-in of the guest, and " +
				"finds what its last user left open.",
			Remediation: "Give the subresource only to those who administer the guest; protect boot loaders and single-user modes with passwords.",
			References: []model.Reference{
				model.MITRE("T1021"), {Catalogue: "URL", ID: "https://kubevirt.io/user-guide/user_workloads/accessing_virtual_machines/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "get", Group: "subresources.kubevirt.io", Resource: "virtualmachineinstances", Subresource: "vnc"}},
		Yields: []attack.Yield{attack.Sideways},
		Ground: func(c *attack.Case) {
			if _, ok := served(c.View, "virtualmachineinstances.kubevirt.io"); ok {
				gk := snapshot.GroupKind{Group: "kubevirt.io", Kind: "VirtualMachineInstance"}
				onExisting(c, attack.Sideways, gk, "the guest lets them in: its boot loader, or a log-in")
			}
		},
	}
}
