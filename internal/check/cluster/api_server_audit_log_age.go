package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerAuditLogAge fails API servers whose log files are limited to less
// than 30. Without a limit nothing is lost, and without a log file there is
// nothing to limit.
func APIServerAuditLogAge() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "api-server-audit-log-age",
			Title:       "Audit logs are deleted too early",
			Layer:       model.LayerCluster,
			Severity:    model.Low,
			Rationale:   "An intrusion is often found weeks later. Logs that are gone by then cannot say what happened.",
			Remediation: "Set --audit-log-maxage to 30 days or more, or ship the log to a place that keeps it.",
			References:  []model.Reference{model.CIS("1.2.17"), model.NSA("Audit logging"), model.Docs("tasks/debug/debug-cluster/audit/#log-backend")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run:  auditLogMustKeep("audit-log-maxage", 30, "deletes audit logs too early"),
	}
}
