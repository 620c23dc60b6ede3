package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerKubeletAuthority fails API servers that do not verify the
// certificates of kubelets.
func APIServerKubeletAuthority() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-kubelet-authority",
			Title:    "API server does not verify kubelets",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "The API server takes any certificate for that of a kubelet. Whoever gets between the two, or takes over a node's " +
				"address, reads what exec, attach, logs and port-forward carry, and can answer in the kubelet's place.",
			Remediation: "Let kubelets get their serving certificates from the cluster (serverTLSBootstrap: true, and approve the " +
				"requests), then set --kubelet-certificate-authority to that CA.",
			References: []model.Reference{model.CIS("1.2.5"), model.MITRE("T1557"), model.CWE("CWE-295"), model.Docs("reference/access-authn-authz/kubelet-tls-bootstrapping/#certificate-rotation")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run:  flagsMustBeSet(controlplane.APIServer, "takes any certificate for a kubelet's", "kubelet-certificate-authority"),
	}
}
