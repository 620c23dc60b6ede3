package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// EtcdSelfSignedPeerCertificate fails etcd that makes its own certificate for
// peers.
func EtcdSelfSignedPeerCertificate() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "etcd-self-signed-peer-certificate",
			Title:    "etcd makes its own certificate for peers",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "A certificate that a member signed itself proves nothing: whoever gets between two members can take the place of " +
				"either.",
			Remediation: "Remove --peer-auto-tls and set --peer-cert-file, --peer-key-file and --peer-trusted-ca-file.",
			References:  []model.Reference{model.CIS("2.6"), model.CWE("CWE-295"), model.Docs("tasks/administer-cluster/configure-upgrade-etcd/#securing-etcd-clusters")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run:  flagMustBe(controlplane.Etcd, "peer-auto-tls", false, 2, "makes its own certificate for peers"),
	}
}
