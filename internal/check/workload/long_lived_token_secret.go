package workload

import (
	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// LongLivedTokenSecret fails Secrets that hold a service account token.
func LongLivedTokenSecret() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "long-lived-token-secret",
			Title:    "Secret holds a service account token that never expires",
			Layer:    model.LayerWorkload,
			Severity: model.Medium,
			Rationale: "Whoever reads the Secret, in the API, in etcd or in a backup, speaks as the account from anywhere until the " +
				"Secret is deleted. Tokens of the TokenRequest API are bound to a pod and end with it.",
			Remediation: "Request tokens with kubectl create token or a projected volume, then delete the Secret. A consumer outside of " +
				"the cluster is better served by its own identity (OIDC, a client certificate of short life).",
			References: []model.Reference{model.NSA("Authentication and authorization"), model.MITRE("T1528"), model.CWE("CWE-613"), model.Docs("concepts/configuration/secret/#serviceaccount-token-secrets")},
		},
		On: []string{"Secret"},
		Run: func(c *check.Case) {
			secret, err := kinds.Secrets.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			if secret.Type != string(corev1.SecretTypeServiceAccountToken) {
				c.Skip()
				return
			}
			// The legacy token cleaner marks tokens that it has made invalid.
			if _, invalid := secret.Labels["kubernetes.io/legacy-token-invalid-since"]; !invalid {
				c.Fail("", "it holds a token of service account %s", secret.Annotations[corev1.ServiceAccountNameKey]).At("type", secret.Type)
			}
		},
	}
}
