package data

import (
	"path"
	"strings"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// HostPathPersistentVolume fails PersistentVolumes that are folders of a node.
func HostPathPersistentVolume() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "host-path-persistent-volume",
			Title:    "PersistentVolume is a folder of the node",
			Layer:    model.LayerData,
			Severity: model.Medium,
			Rationale: "A pod that claims it gets a hostPath mount without asking for one: Pod Security admits it even at the restricted level. " +
				"The data stays on one node, readable by its other tenants.",
			Remediation: "Use a CSI driver, or a local volume with node affinity on a disk that holds nothing else; forbid hostPath volumes with an admission policy.",
			References: []model.Reference{
				model.CIS("5.2.12"), model.MITRE("T1611"), model.CWE("CWE-668"), model.Docs("concepts/storage/volumes/#hostpath"),
			},
		},
		On: []string{"PersistentVolume"},
		Run: func(c *check.Case) {
			pv, err := kinds.PersistentVolumes.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			if pv.Spec.HostPath == nil {
				return
			}
			failure := c.Fail("", "volume %s is %s of the node", pv.Name, pv.Spec.HostPath.Path).At("spec.hostPath.path", pv.Spec.HostPath.Path)
			if nodeControl(pv.Spec.HostPath.Path) {
				failure.Severity(model.High)
			}
		},
	}
}

// nodeControl reports whether who can read or write a folder of a node controls the
// node: its configuration, its runtime, or everything.
func nodeControl(folder string) bool {
	folder = path.Clean(folder)
	for _, sensitive := range []string{
		"/etc", "/proc", "/sys", "/dev", "/boot", "/root", "/home", "/usr", "/bin", "/sbin", "/lib", "/run", "/var/run",
		"/var/lib/kubelet", "/var/lib/docker", "/var/lib/containerd", "/var/lib/etcd", "/var/log",
	} {
		if folder == sensitive || strings.HasPrefix(folder, sensitive+"/") {
			return true
		}
	}
	return folder == "/" || folder == "/var" || folder == "/var/lib"
}
