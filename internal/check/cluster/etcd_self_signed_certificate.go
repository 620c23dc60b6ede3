package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// EtcdSelfSignedCertificate fails etcd that makes its own certificate for
// clients.
func EtcdSelfSignedCertificate() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "etcd-self-signed-certificate",
			Title:    "etcd makes its own certificate for clients",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "Clients cannot verify a certificate that the server signed itself: whoever gets between the API server and etcd " +
				"can take its place.",
			Remediation: "Remove --auto-tls and set --cert-file and --key-file.",
			References:  []model.Reference{model.CIS("2.3"), model.CWE("CWE-295"), model.Docs("tasks/administer-cluster/configure-upgrade-etcd/#securing-etcd-clusters")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run:  flagMustBe(controlplane.Etcd, "auto-tls", false, 2, "makes its own certificate for clients"),
	}
}
