package cluster

import (
	"strconv"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// KubeletServingCertificate fails kubelets whose serving certificate is not
// signed by a CA.
func KubeletServingCertificate() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "kubelet-serving-certificate",
			Title:    "Kubelet makes its own serving certificate",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "Nobody can verify a certificate that the kubelet signed itself. The API server then sends what exec and attach " +
				"carry, and metrics collectors their tokens, to whoever answers at the node's address.",
			Remediation: "Set serverTLSBootstrap: true and approve the requests of kubernetes.io/kubelet-serving, or set tlsCertFile and " +
				"tlsPrivateKeyFile to a certificate that the cluster CA has signed.",
			References: []model.Reference{model.CIS("4.2.9"), model.MITRE("T1557"), model.CWE("CWE-295"), model.Docs("reference/access-authn-authz/kubelet-tls-bootstrapping/#certificate-rotation")},
		},
		On:   controlplane.KubeletKinds(),
		Only: &configuring,
		Run: eachKubelet(controlplane.KubeletSetting{
			Flag: "tls-cert-file", Field: "tlsCertFile",
			Value: func(k *kubeletFile) string { return k.TLSCertFile },
		}, func(k kubelet, s controlplane.Setting) {
			if s.Value != "" {
				return
			}
			bootstrap, applies := k.Setting(controlplane.KubeletSetting{
				Flag: "rotate-server-certificates", Field: "serverTLSBootstrap",
				Value: func(k *kubeletFile) string { return strconv.FormatBool(k.ServerTLSBootstrap) },
			})
			switch {
			case applies && !bootstrap.Known:
				k.c.Unknown()
			case !bootstrap.Is("true"):
				fix(and(k.fail(s, "makes its own serving certificate"), bootstrap), bootstrap, 3, true)
			}
		}),
	}
}
