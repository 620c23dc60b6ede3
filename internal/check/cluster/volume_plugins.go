package cluster

import corev1 "k8s.io/api/core/v1"

// plugin is a volume type that was built into Kubernetes: removed is the minor
// version since which it does not work, moved the one since which only a CSI driver
// serves it, because CSI migration can no longer be switched off.
type plugin struct {
	removed, moved int
	driver         string
}

// inTree returns what became of a volume type that was built into Kubernetes.
func inTree(field string) (plugin, bool) {
	var p plugin
	switch field {
	case "photonPersistentDisk":
		p.removed = 16
	case "scaleIO":
		p.removed = 22
	case "flocker", "storageos", "quobyte":
		p.removed = 25
	case "glusterfs":
		p.removed = 26
	case "cephfs", "rbd":
		p.removed = 31
	case "awsElasticBlockStore":
		p.driver, p.moved = "ebs.csi.aws.com", 25
	case "gcePersistentDisk":
		p.driver, p.moved = "pd.csi.storage.gke.io", 25
	case "azureDisk":
		p.driver, p.moved = "disk.csi.azure.com", 24
	case "azureFile":
		p.driver, p.moved = "file.csi.azure.com", 26
	case "cinder":
		p.driver, p.moved = "cinder.csi.openstack.org", 24
	case "vsphereVolume":
		p.driver, p.moved = "csi.vsphere.vmware.com", 26
	case "portworxVolume":
		p.driver, p.moved = "pxd.portworx.com", 33
	default:
		return plugin{}, false
	}
	return p, true
}

// typeOfVolume is the type of a pod's volume, if it was built into Kubernetes. The
// type gitRepo has a control of its own.
func typeOfVolume(v *corev1.VolumeSource) string {
	switch {
	case v.Glusterfs != nil:
		return "glusterfs"
	case v.CephFS != nil:
		return "cephfs"
	case v.RBD != nil:
		return "rbd"
	case v.ScaleIO != nil:
		return "scaleIO"
	case v.Flocker != nil:
		return "flocker"
	case v.StorageOS != nil:
		return "storageos"
	case v.Quobyte != nil:
		return "quobyte"
	case v.PhotonPersistentDisk != nil:
		return "photonPersistentDisk"
	default:
		return cloudDisk(v.AWSElasticBlockStore, v.GCEPersistentDisk, v.AzureDisk, v.VsphereVolume, v.PortworxVolume, v.AzureFile != nil, v.Cinder != nil)
	}
}

// typeOfPersistentVolume is the type of a PersistentVolume, if it was built into
// Kubernetes.
func typeOfPersistentVolume(v *corev1.PersistentVolumeSource) string {
	switch {
	case v.Glusterfs != nil:
		return "glusterfs"
	case v.CephFS != nil:
		return "cephfs"
	case v.RBD != nil:
		return "rbd"
	case v.ScaleIO != nil:
		return "scaleIO"
	case v.Flocker != nil:
		return "flocker"
	case v.StorageOS != nil:
		return "storageos"
	case v.Quobyte != nil:
		return "quobyte"
	case v.PhotonPersistentDisk != nil:
		return "photonPersistentDisk"
	default:
		return cloudDisk(v.AWSElasticBlockStore, v.GCEPersistentDisk, v.AzureDisk, v.VsphereVolume, v.PortworxVolume, v.AzureFile != nil, v.Cinder != nil)
	}
}

func cloudDisk(aws *corev1.AWSElasticBlockStoreVolumeSource, gce *corev1.GCEPersistentDiskVolumeSource, azure *corev1.AzureDiskVolumeSource,
	vsphere *corev1.VsphereVirtualDiskVolumeSource, portworx *corev1.PortworxVolumeSource, azureFile, cinder bool) string {
	switch {
	case aws != nil:
		return "awsElasticBlockStore"
	case gce != nil:
		return "gcePersistentDisk"
	case azure != nil:
		return "azureDisk"
	case azureFile:
		return "azureFile"
	case cinder:
		return "cinder"
	case vsphere != nil:
		return "vsphereVolume"
	case portworx != nil:
		return "portworxVolume"
	default:
		return ""
	}
}

// typeOfProvisioner is the type of the volumes that an in-tree provisioner makes.
func typeOfProvisioner(name string) string {
	switch name {
	case "kubernetes.io/glusterfs":
		return "glusterfs"
	case "kubernetes.io/rbd":
		return "rbd"
	case "kubernetes.io/scaleio":
		return "scaleIO"
	case "kubernetes.io/flocker":
		return "flocker"
	case "kubernetes.io/quobyte":
		return "quobyte"
	case "kubernetes.io/storageos":
		return "storageos"
	case "kubernetes.io/aws-ebs":
		return "awsElasticBlockStore"
	case "kubernetes.io/gce-pd":
		return "gcePersistentDisk"
	case "kubernetes.io/azure-disk":
		return "azureDisk"
	case "kubernetes.io/azure-file":
		return "azureFile"
	case "kubernetes.io/cinder":
		return "cinder"
	case "kubernetes.io/vsphere-volume":
		return "vsphereVolume"
	case "kubernetes.io/portworx-volume":
		return "portworxVolume"
	default:
		return ""
	}
}
