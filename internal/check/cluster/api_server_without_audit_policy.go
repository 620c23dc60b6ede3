package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerWithoutAuditPolicy fails API servers that do not know what to log.
func APIServerWithoutAuditPolicy() check.Check {
	return check.Check{
		Control: model.Control{
			ID:        "api-server-without-audit-policy",
			Title:     "API server has no audit policy",
			Layer:     model.LayerCluster,
			Severity:  model.Medium,
			Rationale: "Without a policy the API server logs nothing at all, even if a path for the log is given.",
			Remediation: "Write a policy (metadata of everything, requests of changes, never the content of Secrets) and name it in " +
				"--audit-policy-file.",
			References: []model.Reference{model.CIS("3.2.1"), model.NSA("Audit logging"), model.CWE("CWE-778"), model.Docs("tasks/debug/debug-cluster/audit/#audit-policy")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run:  flagsMustBeSet(controlplane.APIServer, "has no audit policy and logs nothing", "audit-policy-file"),
	}
}
