package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// KubeletAnonymousAccess fails kubelets that let requests without credentials
// in: where a file says so, or where there is no file and no flag.
func KubeletAnonymousAccess() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "kubelet-anonymous-access",
			Title:    "Kubelet answers requests without credentials",
			Layer:    model.LayerCluster,
			Severity: model.High,
			Rationale: "Whoever reaches port 10250 of the node is let in as system:anonymous. What stands between them and a shell in " +
				"every container is then the kubelet's authorization alone, which is often AlwaysAllow where this is on.",
			Remediation: "Set authentication.anonymous.enabled: false (--anonymous-auth=false).",
			References:  []model.Reference{model.CIS("4.2.1"), model.NSA("Authentication and authorization"), model.MITRE("T1190"), model.CWE("CWE-306"), model.Docs("reference/access-authn-authz/kubelet-authn-authz/")},
		},
		On:   controlplane.KubeletKinds(),
		Only: &configuring,
		Run:  kubeletMustBe(anonymousKubelet(), false, 1, "lets requests without credentials in"),
	}
}

func anonymousKubelet() controlplane.KubeletSetting {
	return controlplane.KubeletSetting{
		Flag: "anonymous-auth", Field: "authentication.anonymous.enabled",
		Value: func(k *kubeletFile) string { return orDefault(k.Authentication.Anonymous.Enabled, false) },
	}
}
