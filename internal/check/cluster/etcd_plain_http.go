package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// EtcdPlainHTTP fails etcd that listens without TLS on addresses which others
// reach, and for clients anywhere.
func EtcdPlainHTTP() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "etcd-plain-http",
			Title:    "etcd listens in clear text",
			Layer:    model.LayerCluster,
			Severity: model.Critical,
			Rationale: "Whoever is on the network reads every Secret as it passes; and a listener without TLS cannot ask for a " +
				"certificate, so that everybody who reaches it may read and write the whole cluster.",
			Remediation: "Write the addresses in --listen-client-urls and --listen-peer-urls with https://. Metrics have " +
				"--listen-metrics-urls.",
			References: []model.Reference{model.CIS("2.1"), model.MITRE("T1040"), model.CWE("CWE-319"), model.Docs("tasks/administer-cluster/configure-upgrade-etcd/#securing-etcd-clusters")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run: eachComponent(controlplane.Etcd, func(s subject) {
			for _, flag := range []string{"listen-client-urls", "listen-peer-urls"} {
				addresses, known := s.Items(flag)
				if !known {
					s.c.Unknown()
				}
				for _, address := range addresses {
					switch local := isLocal(address.Value); {
					case !isPlain(address.Value) || local && flag == "listen-peer-urls":
					case local:
						s.failKey(s.Name+" "+address.Value, address, "lets every process of the node in").Severity(model.High)
					default:
						s.failKey(s.Name+" "+address.Value, address, "listens in clear text")
					}
				}
			}
		}),
	}
}
