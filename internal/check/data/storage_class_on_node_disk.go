package data

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// StorageClassOnNodeDisk fails storage classes that make folders of a node.
func StorageClassOnNodeDisk() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "storage-class-on-node-disk",
			Title:    "Storage class makes volumes on the file system of a node",
			Layer:    model.LayerData,
			Severity: model.Low,
			Rationale: "The data is lost with the node, counts against no quota, can fill the disk that the kubelet needs, and lies in a folder that " +
				"any pod with a hostPath reads.",
			Remediation: "Use the class for development only, or for caches; keep other data on a CSI driver with volumes of their own.",
			References:  []model.Reference{model.CWE("CWE-668"), model.Docs("concepts/storage/storage-classes/#local")},
		},
		On: []string{"storage.k8s.io/StorageClass"},
		Run: func(c *check.Case) {
			class, err := kinds.StorageClasses.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			switch class.Provisioner {
			case "rancher.io/local-path", "k8s.io/minikube-hostpath", "docker.io/hostpath", "microk8s.io/hostpath", "hostpath.csi.k8s.io", "openebs.io/local":
				c.Fail("", "class %s makes folders of the node that the pod runs on", class.Name).At("provisioner", class.Provisioner)
			}
		},
	}
}
