package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// EtcdServingCertificate fails etcd without a certificate for clients. One
// that it makes for itself is less bad than none.
func EtcdServingCertificate() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "etcd-serving-certificate",
			Title:    "etcd serves clients without a certificate",
			Layer:    model.LayerCluster,
			Severity: model.High,
			Rationale: "Every object of the cluster, Secrets included, is sent to and from etcd in clear text, or, where etcd makes a " +
				"certificate for itself, to whoever claims to be etcd: the API server cannot tell.",
			Remediation: "Set --cert-file and --key-file, and write client addresses with https://.",
			References:  []model.Reference{model.CIS("2.1"), model.MITRE("T1040"), model.CWE("CWE-319"), model.Docs("tasks/administer-cluster/configure-upgrade-etcd/#securing-etcd-clusters")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run: eachComponent(controlplane.Etcd, func(s subject) {
			s.mustHaveCertificate("cert-file", "key-file", "auto-tls", "clients")
		}),
	}
}
