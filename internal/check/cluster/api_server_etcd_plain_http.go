package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerEtcdPlainHTTP fails API servers that reach etcd without TLS.
func APIServerEtcdPlainHTTP() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "api-server-etcd-plain-http",
			Title:       "API server talks to etcd in clear text",
			Layer:       model.LayerCluster,
			Severity:    model.High,
			Rationale:   "Every object of the cluster, Secrets included, crosses the network readable, and can be changed on the way.",
			Remediation: "Give etcd a certificate and write its addresses in --etcd-servers with https://.",
			References:  []model.Reference{model.MITRE("T1040"), model.CWE("CWE-319"), model.Docs("tasks/administer-cluster/configure-upgrade-etcd/#securing-communication")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run: eachComponent(controlplane.APIServer, func(s subject) {
			servers, known := s.Items("etcd-servers")
			if !known {
				s.c.Unknown()
			}
			for _, server := range servers {
				if isPlain(server.Value) {
					failure := s.failKey(s.Name+" "+server.Value, server, "talks to etcd in clear text")
					if isLocal(server.Value) {
						failure.Severity(model.Medium)
					}
				}
			}
		}),
	}
}
