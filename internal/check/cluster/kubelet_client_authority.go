package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// KubeletClientAuthority fails kubelets without a CA for client certificates.
// kubeadm adds one to a file of its own.
func KubeletClientAuthority() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "kubelet-client-authority",
			Title:    "Kubelet does not accept client certificates",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "The API server authenticates to kubelets with a client certificate. Without a CA to verify it, it is anonymous, " +
				"and the kubelet has to let anonymous requests in for logs and exec to work.",
			Remediation: "Set authentication.x509.clientCAFile (--client-ca-file) to the CA that signed the certificate of the API server.",
			References:  []model.Reference{model.CIS("4.2.3"), model.CWE("CWE-287"), model.Docs("reference/access-authn-authz/kubelet-authn-authz/")},
		},
		On:   controlplane.KubeletKinds(),
		Only: &configuring,
		Run: eachKubelet(controlplane.KubeletSetting{
			Flag: "client-ca-file", Field: "authentication.x509.clientCAFile",
			Value: func(k *kubeletFile) string { return k.Authentication.X509.ClientCAFile },
		}, func(k kubelet, s controlplane.Setting) {
			if s.Value == "" {
				k.fail(s, "cannot verify client certificates")
			}
		}),
	}
}
