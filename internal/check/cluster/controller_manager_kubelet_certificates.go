package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// ControllerManagerKubeletCertificates fails controller managers with the gate
// RotateKubeletServerCertificate off.
func ControllerManagerKubeletCertificates() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "controller-manager-kubelet-certificates",
			Title:    "Serving certificates of kubelets are not rotated",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "With the feature gate off, kubelets cannot get serving certificates from the cluster and fall back to " +
				"certificates that they sign themselves, or to ones that live for years.",
			Remediation: "Take RotateKubeletServerCertificate=false out of --feature-gates; the gate is on by default.",
			References:  []model.Reference{model.CIS("1.3.6"), model.CWE("CWE-324"), model.Docs("reference/access-authn-authz/kubelet-tls-bootstrapping/#certificate-rotation")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run: eachComponent(controlplane.ControllerManager, func(s subject) {
			s.judgeGates(func(gate gate) (model.Severity, string) {
				return model.Medium, unless(gate.name != "RotateKubeletServerCertificate" || gate.on, "does not rotate the serving certificates of kubelets")
			})
		}),
	}
}
