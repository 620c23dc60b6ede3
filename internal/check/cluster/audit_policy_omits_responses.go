package cluster

import (
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// AuditPolicyOmitsResponses fails audit policies that leave out the stages in
// which a request ends.
func AuditPolicyOmitsResponses() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "audit-policy-omits-responses",
			Title:    "Audit log does not show how requests ended",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "Without the stage ResponseComplete the log does not say whether a request was allowed, so an attempt looks like " +
				"a success; Panic is the one trace of requests that crash the server.",
			Remediation: "Keep omitStages to RequestReceived, which says nothing that the later stages do not say.",
			References:  []model.Reference{model.CIS("3.2.2"), model.NSA("Audit logging"), model.CWE("CWE-778"), model.Docs("tasks/debug/debug-cluster/audit/")},
		},
		On: []string{"audit.k8s.io/Policy"},
		Run: func(c *check.Case) {
			auditPolicy(c, func(policy *auditv1.Policy) {
				failed := false
				var failure check.Failure
				report := func(path model.Path, stages []auditv1.Stage) {
					for i, stage := range stages {
						if stage != auditv1.StageResponseComplete && stage != auditv1.StagePanic {
							continue
						}
						if !failed {
							failed, failure = true, c.Fail("", "the log does not show how requests ended")
						}
						failure.At(path.Index(i), string(stage))
					}
				}
				report("omitStages", policy.OmitStages)
				for i := range policy.Rules {
					if policy.Rules[i].Level != auditv1.LevelNone {
						report(model.Path("rules").Index(i)+".omitStages", policy.Rules[i].OmitStages)
					}
				}
			})
		},
	}
}
