package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// EtcdPeerAuthentication fails etcd that does not ask its peers for a
// certificate. A single member that listens locally has none.
func EtcdPeerAuthentication() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "etcd-peer-authentication",
			Title:    "etcd lets members join without a certificate",
			Layer:    model.LayerCluster,
			Severity: model.High,
			Rationale: "Whoever reaches the peer port can join as a member and is sent the whole database, Secrets included, or answer " +
				"in the place of a member.",
			Remediation: "Set --peer-client-cert-auth=true and --peer-trusted-ca-file.",
			References:  []model.Reference{model.CIS("2.5"), model.MITRE("T1190"), model.CWE("CWE-306"), model.Docs("tasks/administer-cluster/configure-upgrade-etcd/#securing-etcd-clusters")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run: eachComponent(controlplane.Etcd, func(s subject) {
			if urls, known := s.Items("listen-peer-urls"); known && onlyLocal(urls) {
				s.c.Skip()
				return
			}
			f, ok := s.known("peer-client-cert-auth")
			if !ok || f.Is("true") {
				return
			}
			failure := s.fail(f, "lets everybody join as a member")
			if authority := s.Flag("peer-trusted-ca-file"); authority.Known && authority.Value != "" {
				fix(failure, f, 2, true)
			}
		}),
	}
}
