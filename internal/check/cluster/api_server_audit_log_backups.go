package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerAuditLogBackups fails API servers whose log files are limited to
// less than 10. Without a limit nothing is lost, and without a log file there
// is nothing to limit.
func APIServerAuditLogBackups() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "api-server-audit-log-backups",
			Title:       "Few rotated audit logs are kept",
			Layer:       model.LayerCluster,
			Severity:    model.Low,
			Rationale:   "A burst of requests, which an attacker can make, rotates the traces out of the few files that are kept.",
			Remediation: "Set --audit-log-maxbackup to 10 or more, or ship the log to a place that keeps it.",
			References:  []model.Reference{model.CIS("1.2.18"), model.NSA("Audit logging"), model.Docs("tasks/debug/debug-cluster/audit/#log-backend")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run:  auditLogMustKeep("audit-log-maxbackup", 10, "keeps few rotated audit logs"),
	}
}
