package cluster

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// DefaultAccountAutomount fails service accounts named default that hand out their
// token unasked.
func DefaultAccountAutomount() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "default-account-automount",
			Title:    "The default service account gives its token to every pod",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "Every pod of the namespace that names no account gets this one's token. Whatever is ever granted to it is granted to all " +
				"of them, and whoever takes one over can speak to the API server.",
			Remediation: "Set automountServiceAccountToken: false on the account, and give workloads that use the API an account of their own.",
			References: []model.Reference{
				model.CIS("5.1.5"), model.CIS("5.1.6"), model.NSA("Authentication and authorization"), model.MITRE("T1528"),
				model.Docs("tasks/configure-pod-container/configure-service-account/#opt-out-of-api-credential-automounting"),
			},
		},
		On: []string{"ServiceAccount"},
		Run: func(c *check.Case) {
			account, err := kinds.ServiceAccounts.Read(c.Object)
			switch {
			case err != nil:
				c.Unknown()
			case account.Name != "default":
				c.Skip()
			case account.AutomountServiceAccountToken == nil || *account.AutomountServiceAccountToken:
				c.Fail("", "pods of namespace %s that name no account get the token of default", account.Namespace).
					At("automountServiceAccountToken", account.AutomountServiceAccountToken).
					Fix(2, "Do not mount the token unasked", check.Set(c.Object, "automountServiceAccountToken", false))
			}
		},
	}
}
