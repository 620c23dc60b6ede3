package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// DefaultServiceAccount fails workloads that use the token of the service account
// default.
func DefaultServiceAccount() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "default-service-account",
			Title:    "Pods run as the service account default and hold its token",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "Every pod of the namespace that names no account shares this one: a right that is given to it for one workload " +
				"is given to all of them, and the audit log cannot tell them apart.",
			Remediation: "Create a ServiceAccount for the workload and name it in serviceAccountName; or, when the pods do not talk to the " +
				"API server, set automountServiceAccountToken: false.",
			References: []model.Reference{model.CIS("5.1.5"), model.NSA("Authentication and authorization"), model.MITRE("T1528"), model.Docs("concepts/security/service-accounts/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			if w.Static() {
				c.Skip()
				return
			}
			if w.ServiceAccount() != "default" {
				return
			}
			if token, known := w.Automount(c.View); known && (token.Mounted || projectsToken(w)) {
				path := w.ServiceAccountPath()
				c.Fail("", "the pods run as service account default, whose token they hold").
					At(path, ifWritten(c.Object, path, "default"))
			}
		},
	}
}

// projectsToken reports whether a volume of the workload asks for a token.
func projectsToken(w *workload.Workload) bool {
	for i := range w.Spec.Volumes {
		if projected := w.Spec.Volumes[i].Projected; projected != nil {
			for j := range projected.Sources {
				if projected.Sources[j].ServiceAccountToken != nil {
					return true
				}
			}
		}
	}
	return false
}
