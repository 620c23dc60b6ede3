package cluster

import (
	"strconv"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// KubeletServerCertificateGate fails kubelets with the gate
// RotateKubeletServerCertificate off.
func KubeletServerCertificateGate() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "kubelet-server-certificate-gate",
			Title:    "Kubelet cannot renew its serving certificate",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "With the gate off, serverTLSBootstrap has no effect: the kubelet keeps a certificate that it signed itself, " +
				"which nobody can verify.",
			Remediation: "Take RotateKubeletServerCertificate: false out of featureGates (--feature-gates).",
			References:  []model.Reference{model.CIS("4.2.11"), model.CWE("CWE-324"), model.Docs("reference/access-authn-authz/kubelet-tls-bootstrapping/#certificate-rotation")},
		},
		On:   controlplane.KubeletKinds(),
		Only: &configuring,
		Run: eachKubelet(controlplane.KubeletSetting{
			Flag: "feature-gates", Field: "featureGates.RotateKubeletServerCertificate",
			Value: func(k *kubeletFile) string {
				on, written := k.FeatureGates["RotateKubeletServerCertificate"]
				return strconv.FormatBool(on || !written)
			},
		}, func(k kubelet, s controlplane.Setting) {
			if k.Component != nil {
				subject{Component: k.Component, c: k.c}.judgeGates(rotationOff)
			} else if !s.Is("true") {
				fix(k.fail(s, "cannot renew its serving certificate"), s, 1, true)
			}
		}),
	}
}

func rotationOff(g gate) (severity model.Severity, does string) {
	return model.Medium, unless(g.name != "RotateKubeletServerCertificate" || g.on, "cannot renew its serving certificate")
}
