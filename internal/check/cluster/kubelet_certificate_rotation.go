package cluster

import (
	"strconv"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// KubeletCertificateRotation fails kubelets that do not renew their client
// certificate, which is what a file without the field says.
func KubeletCertificateRotation() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "kubelet-certificate-rotation",
			Title:    "Kubelet does not renew its client certificate",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "A kubelet that does not renew its certificate drops out when it expires, which people avoid by certificates that " +
				"live for years. A copy of such a key is the node for all that time: Kubernetes does not look at revocation.",
			Remediation: "Set rotateCertificates: true (--rotate-certificates).",
			References:  []model.Reference{model.CIS("4.2.10"), model.CWE("CWE-324"), model.Docs("tasks/tls/certificate-rotation/")},
		},
		On:   controlplane.KubeletKinds(),
		Only: &configuring,
		Run: kubeletMustBe(controlplane.KubeletSetting{
			Flag: "rotate-certificates", Field: "rotateCertificates",
			Value: func(k *kubeletFile) string { return strconv.FormatBool(k.RotateCertificates) },
		}, true, 1, "does not renew its client certificate"),
	}
}
