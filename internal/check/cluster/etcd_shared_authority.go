package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// EtcdSharedAuthority fails etcd whose CA also signs certificates for the API
// server.
func EtcdSharedAuthority() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "etcd-shared-authority",
			Title:    "etcd trusts the CA of the cluster",
			Layer:    model.LayerCluster,
			Severity: model.High,
			Rationale: "Every certificate that the cluster CA signs, those of kubelets and of users included, then opens etcd: one " +
				"node's key is enough to read all Secrets.",
			Remediation: "Make a CA for etcd that signs the certificates of etcd and of the API server only, and name it in " +
				"--trusted-ca-file.",
			References: []model.Reference{model.CIS("2.7"), model.CWE("CWE-295"), model.MITRE("T1552"), model.Docs("setup/best-practices/certificates/#single-root-ca")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run: eachComponent(controlplane.Etcd, func(s subject) {
			f, ok := s.known("trusted-ca-file")
			switch {
			case !ok:
			case f.Value == "":
				s.c.Skip()
			case f.Value == "/etc/kubernetes/pki/ca.crt":
				s.fail(f, "trusts the CA of the cluster")
			default:
				s.compareAuthority(f)
			}
		}),
	}
}

// compareAuthority looks for an API server whose clients have the same CA. Paths of
// files are all there is to compare: CAs in different files may still be the same.
func (s subject) compareAuthority(f controlplane.Setting) {
	for _, server := range controlplane.All(s.c.View, controlplane.APIServer) {
		clients := server.Flag("client-ca-file")
		if server.Object.Namespace == s.Object.Namespace && clients.Known && clients.Value == f.Value {
			s.fail(f, "trusts the CA that clients of the API server have").In(clients.Object, clients.Path, clients.Text)
			return
		}
	}
}
