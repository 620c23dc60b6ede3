package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateVms is to run a virtual machine through KubeVirt.
func CreateVms() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-vms", Title: "Create or change virtual machines", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A virtual machine has volumes of any secret of the namespace and of the token of any of its accounts, and runs what its author wants. The pod " +
				"around it is of KubeVirt's making and gives no way to the node.",
			Remediation: "Give rights on the resource only in namespaces whose accounts and secrets the same people may use.",
			References: []model.Reference{
				model.MITRE("T1610"), {Catalogue: "URL", ID: "https://kubevirt.io/user-guide/storage/disks_and_volumes/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "kubevirt.io", Resource: "virtualmachines"}},
		Yields: []attack.Yield{attack.Namespace},
		Ground: func(c *attack.Case) {
			for _, s := range custom(c, "virtualmachines.kubevirt.io", "VirtualMachine") {
				s.yields(c, attack.Namespace, attack.Namespaces(s.namespace))
			}
		},
	}
}
