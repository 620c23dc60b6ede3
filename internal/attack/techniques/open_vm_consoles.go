package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// OpenVMConsoles is to sit down at a running virtual machine.
func OpenVMConsoles() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "open-vm-consoles", Title: "Open consoles of virtual machines", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "The console of a virtual machine is its serial port: whoever opens it stands before the boot loader and the log-in of the guest, and finds " +
				"what its last user left open.",
			Remediation: "Give the subresource only to those who administer the guest; protect boot loaders and single-user modes with passwords.",
			References: []model.Reference{
				model.MITRE("T1021"), {Catalogue: "URL", ID: "https://kubevirt.io/user-guide/user_workloads/accessing_virtual_machines/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "get", Group: "subresources.kubevirt.io", Resource: "virtualmachineinstances", Subresource: "console"}},
		Yields: []attack.Yield{attack.Sideways},
		Ground: func(c *attack.Case) {
			if _, ok := served(c.View, "virtualmachineinstances.kubevirt.io"); ok {
				gk := snapshot.GroupKind{Group: "kubevirt.io", Kind: "VirtualMachineInstance"}
				onExisting(c, attack.Sideways, gk, "the guest lets them in: its boot loader, or a log-in")
			}
		},
	}
}
