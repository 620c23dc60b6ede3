package cluster

import (
	"cmp"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// KubeletAlwaysAllow fails kubelets that do not ask the API server what a
// caller may do.
func KubeletAlwaysAllow() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "kubelet-always-allow",
			Title:    "Kubelet allows every request",
			Layer:    model.LayerCluster,
			Severity: model.High,
			Rationale: "Whoever is let in at port 10250 may run commands in every container of the node and read its logs, with any " +
				"credential that the cluster knows, and without one where anonymous requests are let in too.",
			Remediation: "Set authorization.mode: Webhook (--authorization-mode=Webhook).",
			References:  []model.Reference{model.CIS("4.2.2"), model.NSA("Authentication and authorization"), model.MITRE("T1609"), model.CWE("CWE-862"), model.Docs("reference/access-authn-authz/kubelet-authn-authz/#kubelet-authorization")},
		},
		On:   controlplane.KubeletKinds(),
		Only: &configuring,
		Run: eachKubelet(controlplane.KubeletSetting{
			Flag: "authorization-mode", Field: "authorization.mode",
			Value: func(k *kubeletFile) string { return cmp.Or(string(k.Authorization.Mode), "Webhook") },
		}, func(k kubelet, s controlplane.Setting) {
			if s.Value != "AlwaysAllow" {
				return
			}
			failure := fix(k.fail(s, "allows every request"), s, 2, "Webhook")
			if anonymous, applies := k.Setting(anonymousKubelet()); applies && anonymous.Is("true") {
				and(failure, anonymous).Severity(model.Critical)
			}
		}),
	}
}
