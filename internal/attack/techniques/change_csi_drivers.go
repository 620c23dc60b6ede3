package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeCSIDrivers is to have kubelets hand the tokens of pods to a storage driver.
func ChangeCSIDrivers() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-csi-drivers", Title: "Change CSIDrivers", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "With tokenRequests in its CSIDriver, the kubelet gives the node plugin of a storage driver a token of the service account of each pod that mounts one " +
				"of its volumes, with the audience that is asked for: with none, one that the API server takes. The tokens stand in the request, and drivers were found " +
				"to write them to their logs. Other fields switch off what protects the data, such as fsGroupPolicy and seLinuxMount.",
			Remediation: "Let only administrators change CSIDrivers; let drivers take tokens as secrets (serviceAccountTokenInSecrets), which are not logged.",
			References: []model.Reference{
				model.MITRE("T1528"),
				model.Reference{Catalogue: "KEP", ID: "2047"},
				model.Reference{Catalogue: "CVE", ID: "CVE-2024-3744"},
				model.Reference{Catalogue: "URL", ID: "https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/volume/csi/csi_mounter.go"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Group: "storage.k8s.io", Resource: "csidrivers", ClusterWide: true}},
		Yields: []attack.Yield{attack.Subject, attack.Integrity},
		When:   attack.Applicability{Since: 20},
		Ground: func(c *attack.Case) {
			gk := kind("storage.k8s.io", "CSIDriver")
			onExisting(c, attack.Integrity, gk)
			if b, ok := existing(c, gk); ok {
				b.yields(c, attack.Subject, attack.Accounts("", ""),
					"its pods mount a volume of the driver", "the subject reads what the driver's node plugin is given, or what it logs")
			}
		},
	}
}
