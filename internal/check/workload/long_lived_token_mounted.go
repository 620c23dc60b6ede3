package workload

import (
	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// LongLivedTokenMounted fails workloads that use a Secret that holds a token of a
// service account.
func LongLivedTokenMounted() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "long-lived-token-mounted",
			Title:    "Pods use a service account token that never expires",
			Layer:    model.LayerWorkload,
			Severity: model.Medium,
			Rationale: "A token in a Secret is valid until the Secret is deleted, also outside of the cluster and after the pod is gone: " +
				"one read of a file, a variable or a backup is enough to speak as the account for good.",
			Remediation: "Use a projected serviceAccountToken volume, which the kubelet renews, or the token that every pod can have " +
				"mounted; then delete the Secret.",
			References: []model.Reference{model.CIS("5.1.6"), model.MITRE("T1528"), model.CWE("CWE-613"), model.Docs("concepts/configuration/secret/#serviceaccount-token-secrets")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			for ref := range c.Workload().References("Secret") {
				_, secret, presence := snapshot.Get(c.View, kinds.Secrets, c.Object.Namespace, ref.Name)
				if presence != snapshot.Present || secret.Type != string(corev1.SecretTypeServiceAccountToken) {
					continue
				}
				if failure, ok := c.Failed(ref.Name); ok {
					failure.In(ref.Object, ref.Path, ref.Name)
					continue
				}
				c.Fail(ref.Name, "Secret %s holds a token of service account %s without an expiry", ref.Name, secret.Annotations[corev1.ServiceAccountNameKey]).
					In(ref.Object, ref.Path, ref.Name)
			}
		},
	}
}
