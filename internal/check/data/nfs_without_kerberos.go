package data

import (
	"strings"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// NfsWithoutKerberos fails NFS volumes whose traffic is neither encrypted nor
// authenticated.
func NfsWithoutKerberos() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "nfs-without-kerberos",
			Title:    "NFS volume is mounted without encryption and authentication",
			Layer:    model.LayerData,
			Severity: model.Low,
			Rationale: "Data crosses the network in the clear, and the server believes whatever user id a client claims: any machine that may mount the " +
				"export reads and writes it as anyone.",
			Remediation: "Mount with sec=krb5p, or with xprtsec=tls or mtls where server and nodes have it, and export to the nodes only.",
			References:  []model.Reference{model.CWE("CWE-319"), model.MITRE("T1040"), model.Docs("concepts/storage/volumes/#nfs")},
		},
		On: []string{"PersistentVolume", "storage.k8s.io/StorageClass"},
		Run: func(c *check.Case) {
			var options []string
			var path model.Path
			var server string
			if c.Object.Kind == "StorageClass" {
				class, err := kinds.StorageClasses.Read(c.Object)
				if err != nil {
					c.Unknown()
					return
				}
				options, path = class.MountOptions, "mountOptions"
				if class.Provisioner == "nfs.csi.k8s.io" || strings.HasSuffix(class.Provisioner, "/nfs-subdir-external-provisioner") {
					server = class.Provisioner
				}
			} else {
				pv, err := kinds.PersistentVolumes.Read(c.Object)
				if err != nil {
					c.Unknown()
					return
				}
				options, path = pv.Spec.MountOptions, "spec.mountOptions"
				if pv.Spec.NFS != nil {
					server = pv.Spec.NFS.Server
				} else if pv.Spec.CSI != nil && pv.Spec.CSI.Driver == "nfs.csi.k8s.io" {
					server = pv.Spec.CSI.VolumeAttributes["server"]
				}
			}
			if server == "" {
				c.Skip()
				return
			}
			if !protectedMount(options) {
				c.Fail("", "NFS of %s is mounted without sec=krb5p", server).At(path, options)
			}
		},
	}
}

// protectedMount reports mount options that encrypt NFS: each may hold several,
// separated by commas.
func protectedMount(options []string) bool {
	for _, option := range options {
		for o := range strings.SplitSeq(option, ",") {
			switch strings.TrimSpace(o) {
			case "sec=krb5p", "xprtsec=tls", "xprtsec=mtls":
				return true
			}
		}
	}
	return false
}
