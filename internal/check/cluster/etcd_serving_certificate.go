package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// EtcdServingCertificate fails etcd without a certificate for clients.
func EtcdServingCertificate() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "etcd-serving-certificate",
			Title:    "etcd serves clients without a certificate",
			Layer:    model.LayerCluster,
			Severity: model.High,
			Rationale: "Every object of the cluster, Secrets included, is sent to and from etcd in clear text, and the API server cannot " +
				"tell whether it talks to its own database.",
			Remediation: "Set --cert-file and --key-file, and write client addresses with https://.",
			References:  []model.Reference{model.CIS("2.1"), model.MITRE("T1040"), model.CWE("CWE-319"), model.Docs("tasks/administer-cluster/configure-upgrade-etcd/#securing-etcd-clusters")},
		},
		On:  controlplane.Kinds(),
		Run: flagsMustBeSet(controlplane.Etcd, "serves clients without TLS", "cert-file", "key-file"),
	}
}
