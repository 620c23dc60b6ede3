package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerWithoutNamespaceLifecycle fails API servers without the admission
// plugin NamespaceLifecycle.
func APIServerWithoutNamespaceLifecycle() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-without-namespace-lifecycle",
			Title:    "API server lets objects into namespaces that do not exist",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "Objects can be made in namespaces that are being deleted or never existed, where quotas, policies and role " +
				"bindings do not reach them; and the namespaces default, kube-system and kube-public can be deleted.",
			Remediation: "Take NamespaceLifecycle out of --disable-admission-plugins.",
			References:  []model.Reference{model.CIS("1.2.13"), model.CWE("CWE-284"), model.Docs("reference/access-authn-authz/admission-controllers/#namespacelifecycle")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run:  pluginMustBeOn("NamespaceLifecycle", 1, "lets objects into namespaces that do not exist"),
	}
}
