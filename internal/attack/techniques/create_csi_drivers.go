package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateCSIDrivers is to register a storage driver that is given the tokens of pods.
func CreateCSIDrivers() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-csi-drivers", Title: "Create CSIDrivers", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A storage driver that runs without a CSIDriver can be given one, with tokenRequests: the kubelet then hands its node plugin a token of the service " +
				"account of each pod that mounts one of its volumes. So can a driver of one's own, that a privileged pod registers with its kubelet.",
			Remediation: "Let only administrators create CSIDrivers, and give each driver that runs its own.",
			References: []model.Reference{
				model.MITRE("T1528"),
				model.Reference{Catalogue: "KEP", ID: "2047"},
				model.Reference{Catalogue: "URL", ID: "https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/volume/csi/csi_mounter.go"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Group: "storage.k8s.io", Resource: "csidrivers", ClusterWide: true}},
		Yields: []attack.Yield{attack.Subject},
		When:   attack.Applicability{Since: 20},
		Ground: func(c *attack.Case) {
			c.Yields(attack.Subject, attack.Accounts("", ""),
				"the driver has no CSIDriver yet", "its pods mount a volume of the driver", "the subject reads what the driver's node plugin is given, or what it logs")
		},
	}
}
