package cluster

import (
	"strings"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// KubeletWeakCiphers fails kubelets that accept TLS 1.0, 1.1 or weak cipher
// suites. Where Go chooses, it is good practice to choose.
func KubeletWeakCiphers() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "kubelet-weak-ciphers",
			Title:    "Kubelet accepts weak TLS",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "What exec, attach and logs carry can be read by whoever records it and gets the key later, or by breaking the " +
				"cipher. Go's own choice for TLS 1.2 still offers CBC suites.",
			Remediation: "Set tlsMinVersion: VersionTLS13, or VersionTLS12 with tlsCipherSuites of ECDHE with GCM or ChaCha20.",
			References:  []model.Reference{model.CIS("4.2.12"), model.CWE("CWE-327"), model.Docs("reference/config-api/kubelet-config.v1beta1/")},
		},
		On:   controlplane.KubeletKinds(),
		Only: &configuring,
		Run: eachKubelet(controlplane.KubeletSetting{
			Flag: "tls-cipher-suites", Field: "tlsCipherSuites",
			Value: func(k *kubeletFile) string { return joined(k.TLSCipherSuites) },
		}, func(k kubelet, s controlplane.Setting) {
			minimum, applies := k.Setting(controlplane.KubeletSetting{
				Flag: "tls-min-version", Field: "tlsMinVersion", Value: func(k *kubeletFile) string { return k.TLSMinVersion },
			})
			switch {
			case applies && !minimum.Known:
				k.c.Unknown()
				return
			case isOldTLS(minimum.Value):
				fix(k.c.Fail(k.Name+"version", "versions of TLS that are out of use are accepted: %s", state(minimum)).
					In(minimum.Object, minimum.Path, minimum.Text), minimum, 1, "VersionTLS12")
			case minimum.Value == "VersionTLS13":
				return
			}
			switch weak := weakCiphers(strings.Split(s.Value, ",")); {
			case len(weak) > 0:
				strengthen(k.c.Fail(k.Name, "weak cipher suites are accepted: %s", strings.Join(weak, ", ")).In(s.Object, s.Path, s.Text), s)
			case s.Value == "":
				strengthen(k.fail(s, "accepts the cipher suites that Go chooses, CBC among them").Severity(model.Low), s)
			}
		}),
	}
}
