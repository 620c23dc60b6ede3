package cluster

import (
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"

	"holdfast.dev/holdfast/internal/analysis/auditpolicy"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// AuditPolicyLogsSecrets fails audit policies that write Secrets, tokens or,
// less severely, ConfigMaps into the log.
func AuditPolicyLogsSecrets() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "audit-policy-logs-secrets",
			Title:    "Audit log holds the content of Secrets or tokens",
			Layer:    model.LayerCluster,
			Severity: model.High,
			Rationale: "Whoever may read the log, and every system that it is shipped to, then holds all credentials of the cluster. " +
				"Logs are kept longer and guarded less than etcd.",
			Remediation: "Put a rule with level Metadata for secrets, serviceaccounts/token, tokenreviews and configmaps before every rule " +
				"that logs more.",
			References: []model.Reference{model.CIS("3.2.2"), model.NSA("Audit logging"), model.MITRE("T1552.001"), model.CWE("CWE-532"), model.Docs("tasks/debug/debug-cluster/audit/#audit-policy")},
		},
		On: []string{"audit.k8s.io/Policy"},
		Run: func(c *check.Case) {
			auditPolicy(c, func(policy *auditv1.Policy) {
				for _, leak := range leaks() {
					at := rulesAt{policy: policy}
					failed := false
					var failure check.Failure
					for _, caller := range auditpolicy.Callers() {
						for _, request := range leak.Asked(caller) {
							decision := auditpolicy.Decide(policy, &request)
							if !auditpolicy.Logs(decision.Level, leak.from) {
								continue
							}
							if !failed {
								failed = true
								failure = c.Fail(leak.Name, "the content of %s is logged", leak.Name).Severity(leak.severity)
							}
							at.add(failure, decision)
						}
					}
				}
			})
		},
	}
}

// leak is content that must not be logged, and the level from which it is.
type leak struct {
	auditpolicy.Activity
	from     auditv1.Level
	severity model.Severity
}

// leaks tells requests that carry a secret from those whose response does.
func leaks() []leak {
	ask := func(group, resource, subresource, namespace string, verbs ...string) auditpolicy.Activity {
		name := resource
		if subresource != "" {
			name += "/" + subresource
		}
		return auditpolicy.Activity{Name: name, Requests: auditpolicy.Requests(group, resource, subresource, namespace, verbs...)}
	}
	written := ask("", "secrets", "", "shop", "create", "update", "patch")
	written.Name = "Secrets that are written"
	read := ask("", "secrets", "", "shop", "get", "list", "watch")
	read.Name = "Secrets that are read"
	return []leak{
		{written, auditv1.LevelRequest, model.High},
		{read, auditv1.LevelRequestResponse, model.High},
		{ask("authentication.k8s.io", "tokenreviews", "", "", "create"), auditv1.LevelRequest, model.High},
		{ask("", "serviceaccounts", "token", "shop", "create"), auditv1.LevelRequestResponse, model.High},
		{ask("", "configmaps", "", "shop", "create", "update", "get"), auditv1.LevelRequest, model.Low},
	}
}
