package storage

import (
	"strings"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// decision is what a driver does with its parameters. param is the parameter that
// decides, "" when none does.
type decision struct {
	state  State
	holder Holder
	reason string
	param  string
	value  string
	enable string // the value of param that is enough to encrypt
}

func (d decision) encryption(object *snapshot.Object, parameters model.Path) Encryption {
	e := Encryption{State: d.state, Holder: d.holder, Reason: d.reason, Object: object, Switch: d.enable}
	if d.param != "" {
		e.Path, e.Value = parameters.Child(d.param), d.value
	}
	return e
}

// driver says what a CSI driver, or the in-tree provisioner that it took over from,
// does with parameters. Names of parameters are matched without regard to case where
// the driver does so.
func driver(name string, parameters map[string]string) decision {
	switch name {
	case "ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com", "kubernetes.io/aws-ebs":
		return ebs(parameters)
	case "pd.csi.storage.gke.io", "kubernetes.io/gce-pd":
		return always(parameters, "disk-encryption-kms-key", "Google encrypts every disk")
	case "filestore.csi.storage.gke.io":
		return always(parameters, "instance-encryption-kms-key", "Google encrypts every Filestore instance")
	case "gcsfuse.csi.storage.gke.io", "lustre.csi.storage.gke.io":
		return always(parameters, "", "Google encrypts all stored data")
	case "disk.csi.azure.com", "kubernetes.io/azure-disk":
		return always(parameters, "diskEncryptionSetID", "Azure encrypts every disk")
	case "file.csi.azure.com", "blob.csi.azure.com", "kubernetes.io/azure-file":
		return always(parameters, "", "Azure encrypts every storage account")
	case "fsx.csi.aws.com", "fsx.openzfs.csi.aws.com":
		return always(parameters, "kmsKeyId", "Amazon FSx encrypts every file system")
	case "s3.csi.aws.com":
		return always(parameters, "", "Amazon S3 encrypts every object")
	case "blockvolume.csi.oraclecloud.com", "oracle.com/oci", "fss.csi.oraclecloud.com":
		return always(parameters, "kms-key-id", "Oracle encrypts every volume")
	case "vpc.block.csi.ibm.io":
		return always(parameters, "encryptionKey", "IBM encrypts every volume")
	case "dobs.csi.digitalocean.com":
		return always(parameters, "", "DigitalOcean encrypts every volume")
	case "efs.csi.aws.com":
		return outside("whether an EFS file system is encrypted is set when it is made")
	case "cinder.csi.openstack.org", "kubernetes.io/cinder":
		return outside("the volume type of OpenStack decides")
	case "csi.vsphere.vmware.com", "kubernetes.io/vsphere-volume":
		return outside("the storage policy of vSphere decides")
	case "csi.trident.netapp.io":
		return outside("the backend of Trident decides")
	case "nfs.csi.k8s.io", "smb.csi.k8s.io":
		return outside("the file server decides")
	case "hostPath", "kubernetes.io/no-provisioner", "rancher.io/local-path", "k8s.io/minikube-hostpath", "docker.io/hostpath",
		"microk8s.io/hostpath", "hostpath.csi.k8s.io", "openebs.io/local", "local.csi.openebs.io", "topolvm.io", "directpv-min-io":
		return outside("the disk of the node decides")
	case "zfs.csi.openebs.io":
		return zfs(parameters)
	default:
		return optional(name, parameters)
	}
}

// optional is of drivers that encrypt when a parameter asks for it.
func optional(name string, parameters map[string]string) decision {
	switch name {
	case "driver.longhorn.io":
		return byParameter(parameters, "encrypted", "true", false)
	case "pxd.portworx.com", "kubernetes.io/portworx-volume":
		return byParameter(parameters, "secure", "true", false)
	case "diskplugin.csi.alibabacloud.com":
		return byParameter(parameters, "encrypted", "true", true)
	case "storage.csi.upcloud.com":
		return byParameter(parameters, "encryption", "data-at-rest", true)
	case "csi.scaleway.com":
		return byParameter(parameters, "encrypted", "true", false)
	case "csi.cloudscale.ch":
		return byParameter(parameters, "csi.cloudscale.ch/luks-encrypted", "true", false)
	case "linodebs.csi.linode.com":
		if d := byParameter(parameters, "linodebs.csi.linode.com/encrypted", "true", false); d.state == Encrypted {
			return d
		}
		return byParameter(parameters, "linodebs.csi.linode.com/luks-encrypted", "true", false)
	case "csi.hetzner.cloud":
		const secret = "csi.storage.k8s.io/node-publish-secret-name"
		if parameters[secret] != "" {
			return decision{state: Encrypted, holder: Customer, param: secret, value: parameters[secret], reason: "the driver encrypts with the key in that Secret"}
		}
		return decision{state: NotEncrypted, param: secret, reason: "no Secret with a key is named"}
	case "linstor.csi.linbit.com":
		return linstor(parameters)
	}
	if strings.HasSuffix(name, "rbd.csi.ceph.com") || strings.HasSuffix(name, "cephfs.csi.ceph.com") {
		if d := byParameter(parameters, "encrypted", "true", false); d.state == Encrypted || d.value != "" {
			return d
		}
		return outside("the disks of the Ceph cluster decide")
	}
	return outside("the driver is not known")
}

// ebs follows the AWS EBS CSI driver: without the parameter the default of the
// account for the region decides.
func ebs(parameters map[string]string) decision {
	d := byParameter(parameters, "encrypted", "true", true)
	if d.state == NotEncrypted && d.value == "" {
		d.state, d.reason = Unknown, "the default of the AWS account decides"
	}
	if d.state == Encrypted {
		d.holder = Provider
		if parameter(parameters, "kmsKeyId") != "" {
			d.holder = Customer
		}
	}
	return d
}

func zfs(parameters map[string]string) decision {
	d := decision{state: Encrypted, holder: Customer, param: "encryption", value: parameters["encryption"], reason: "ZFS encrypts the data set"}
	if d.value == "" || d.value == "off" {
		return outside("the pool of the node decides")
	}
	return d
}

func linstor(parameters map[string]string) decision {
	for _, key := range []string{"linstor.csi.linbit.com/encryption", "encryption"} {
		if isTrue(parameters[key]) {
			return decision{state: Encrypted, holder: Customer, param: key, value: parameters[key], reason: "LINSTOR encrypts with its passphrase"}
		}
	}
	for _, key := range []string{"linstor.csi.linbit.com/layerList", "layerList"} {
		if layers := parameters[key]; strings.Contains(strings.ToLower(layers), "luks") {
			return decision{state: Encrypted, holder: Customer, param: key, value: layers, reason: "a layer of the volume is LUKS"}
		}
	}
	return decision{state: NotEncrypted, param: "linstor.csi.linbit.com/encryption", reason: "no layer of the volume encrypts"}
}

// byParameter is of drivers with one parameter that switches encryption on. enough
// says that nothing else has to be set up for it.
func byParameter(parameters map[string]string, param, on string, enough bool) decision {
	d := decision{state: NotEncrypted, param: param, value: parameter(parameters, param)}
	if enough {
		d.enable = on
	}
	switch {
	case d.value == "":
		d.reason = param + " is not set"
	case on == "true" && isTrue(d.value), d.value == on:
		d.state, d.holder, d.reason = Encrypted, Customer, param+" asks for it"
	default:
		d.reason = param + " is " + d.value
	}
	return d
}

// always is of providers that encrypt whatever they store; key is the parameter by
// which the customer brings a key.
func always(parameters map[string]string, key, reason string) decision {
	d := decision{state: Encrypted, holder: Provider, reason: reason}
	if value := parameter(parameters, key); key != "" && value != "" {
		d.holder, d.param, d.value = Customer, key, value
	}
	return d
}

func outside(reason string) decision { return decision{reason: reason} }

// parameter finds a parameter whatever its case.
func parameter(parameters map[string]string, name string) string {
	if value, ok := parameters[name]; ok {
		return value
	}
	for key, value := range parameters {
		if strings.EqualFold(key, name) {
			return value
		}
	}
	return ""
}

func isTrue(value string) bool {
	switch strings.ToLower(value) {
	case "true", "1", "t", "yes", "on":
		return true
	default:
		return false
	}
}
