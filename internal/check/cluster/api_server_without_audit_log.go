package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerWithoutAuditLog fails API servers without any audit backend.
func APIServerWithoutAuditLog() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-without-audit-log",
			Title:    "API server writes no audit log",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "Nobody can tell afterwards who read a Secret, opened a shell in a pod or gave out rights. Intrusions go " +
				"unnoticed and their extent stays unknown.",
			Remediation: "Set --audit-log-path (a file on a volume of the node, or - for standard output) or --audit-webhook-config-file, " +
				"together with --audit-policy-file.",
			References: []model.Reference{model.CIS("1.2.16"), model.NSA("Audit logging"), model.MITRE("T1562.008"), model.CWE("CWE-778"), model.Docs("tasks/debug/debug-cluster/audit/")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run: eachComponent(controlplane.APIServer, func(s subject) {
			log, webhook := s.Flag("audit-log-path"), s.Flag("audit-webhook-config-file")
			switch {
			case log.Known && log.Value != "" || webhook.Known && webhook.Value != "":
			case !log.Known || !webhook.Known:
				s.c.Unknown()
			default:
				s.fail(log, "writes no audit log")
			}
		}),
	}
}
