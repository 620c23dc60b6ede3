package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// EtcdClientAuthentication fails etcd that does not ask clients for a
// certificate.
func EtcdClientAuthentication() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "etcd-client-authentication",
			Title:    "etcd lets clients in without a certificate",
			Layer:    model.LayerCluster,
			Severity: model.Critical,
			Rationale: "Whoever reaches etcd's port reads every Secret and writes any object, a role binding for example, past the API " +
				"server, its authorization, its admission and its audit log.",
			Remediation: "Set --client-cert-auth=true and --trusted-ca-file to a CA that signs certificates for the API server only.",
			References:  []model.Reference{model.CIS("2.2"), model.NSA("Control plane"), model.MITRE("T1190"), model.CWE("CWE-306"), model.Docs("tasks/administer-cluster/configure-upgrade-etcd/#securing-etcd-clusters")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run: eachComponent(controlplane.Etcd, func(s subject) {
			f, ok := s.known("client-cert-auth")
			if !ok || f.Is("true") {
				return
			}
			failure := s.fail(f, "lets every client in")
			// Turning it on without a CA does not start.
			if authority := s.Flag("trusted-ca-file"); authority.Known && authority.Value != "" {
				fix(failure, f, 2, true)
			}
			if urls, known := s.Items("listen-client-urls"); known && onlyLocal(urls) {
				failure.Severity(model.High)
			}
		}),
	}
}
