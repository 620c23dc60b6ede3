package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerKubeletClientCertificate fails API servers that do not authenticate
// to kubelets.
func APIServerKubeletClientCertificate() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-kubelet-client-certificate",
			Title:    "API server has no client certificate for kubelets",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "Without a certificate of its own the API server is anonymous to kubelets. Logs, exec and port-forward then work " +
				"only where kubelets let everybody in.",
			Remediation: "Set --kubelet-client-certificate and --kubelet-client-key to a certificate that the kubelets' client CA has " +
				"signed.",
			References: []model.Reference{model.CIS("1.2.4"), model.CWE("CWE-306"), model.Docs("reference/access-authn-authz/kubelet-authn-authz/")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run:  flagsMustBeSet(controlplane.APIServer, "is anonymous to kubelets", "kubelet-client-certificate", "kubelet-client-key"),
	}
}
