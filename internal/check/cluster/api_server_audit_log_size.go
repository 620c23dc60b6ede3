package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerAuditLogSize fails API servers whose log files are limited to less
// than 100. Without a limit nothing is lost, and without a log file there is
// nothing to limit.
func APIServerAuditLogSize() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-audit-log-size",
			Title:    "Audit logs are rotated at a small size",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "Small files are rotated away quickly: with the number of files limited, a burst of requests pushes the traces " +
				"out.",
			Remediation: "Set --audit-log-maxsize to 100 (megabytes) or more.",
			References:  []model.Reference{model.CIS("1.2.19"), model.NSA("Audit logging"), model.Docs("tasks/debug/debug-cluster/audit/#log-backend")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run:  auditLogMustKeep("audit-log-maxsize", 100, "rotates audit logs at a small size"),
	}
}
