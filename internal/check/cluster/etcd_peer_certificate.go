package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// EtcdPeerCertificate fails etcd without a certificate for its peers. A single
// member that listens locally has none.
func EtcdPeerCertificate() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "etcd-peer-certificate",
			Title:       "etcd members talk to each other without TLS",
			Layer:       model.LayerCluster,
			Severity:    model.Medium,
			Rationale:   "The members send each other everything that is written, Secrets included, in clear text.",
			Remediation: "Set --peer-cert-file and --peer-key-file, and write peer addresses with https://.",
			References:  []model.Reference{model.CIS("2.4"), model.MITRE("T1040"), model.CWE("CWE-319"), model.Docs("tasks/administer-cluster/configure-upgrade-etcd/#securing-etcd-clusters")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run: eachComponent(controlplane.Etcd, func(s subject) {
			if urls, known := s.Items("listen-peer-urls"); known && onlyLocal(urls) {
				s.c.Skip()
				return
			}
			s.mustHaveCertificate("peer-cert-file", "peer-key-file", "peer-auto-tls", "other members")
		}),
	}
}
