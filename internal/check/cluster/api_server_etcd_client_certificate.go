package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerEtcdClientCertificate fails API servers that do not authenticate to
// etcd.
func APIServerEtcdClientCertificate() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-etcd-client-certificate",
			Title:    "API server has no client certificate for etcd",
			Layer:    model.LayerCluster,
			Severity: model.High,
			Rationale: "An API server without a certificate can only work with an etcd that lets everybody in. Whoever reaches that etcd " +
				"reads all Secrets and writes any object past every check.",
			Remediation: "Set --etcd-certfile and --etcd-keyfile to a certificate that etcd's client CA has signed, and " +
				"--client-cert-auth=true on etcd.",
			References: []model.Reference{model.CIS("1.2.23"), model.MITRE("T1552"), model.CWE("CWE-306"), model.Docs("tasks/administer-cluster/configure-upgrade-etcd/#securing-etcd-clusters")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run: eachComponent(controlplane.APIServer, func(s subject) {
			servers, _ := s.Items("etcd-servers")
			for _, flag := range []string{"etcd-certfile", "etcd-keyfile"} {
				if f, ok := s.known(flag); ok && f.Value == "" {
					failure := s.fail(f, "has no certificate for etcd")
					if onlyLocal(servers) {
						failure.Severity(model.Medium) // only who is on the node can reach it
					}
					return
				}
			}
		}),
	}
}
