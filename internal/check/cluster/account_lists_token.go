package cluster

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// AccountListsToken fails service accounts that keep a token in a Secret.
func AccountListsToken() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "account-lists-token",
			Title:    "Service account keeps a token in a Secret",
			Layer:    model.LayerCluster,
			Severity: model.Info,
			Rationale: "The token never expires and works from anywhere: in a backup, a log or a laptop it is worth as much as in the cluster. " +
				"Since Kubernetes 1.24 no account needs one.",
			Remediation: "Remove the entry from secrets and delete the Secret; ask for short tokens with kubectl create token or a projected volume.",
			References: []model.Reference{
				model.CIS("5.1.6"), model.CWE("CWE-613"), model.MITRE("T1528"),
				model.Docs("concepts/security/service-accounts/#get-a-token"),
			},
		},
		On: []string{"ServiceAccount"},
		Run: func(c *check.Case) {
			account, err := kinds.ServiceAccounts.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			for i := range account.Secrets {
				name, path := account.Secrets[i].Name, model.Path("secrets").Index(i)+".name"
				// OpenShift lists the credentials of its own registry here.
				if name == "" || strings.Contains(name, "-dockercfg-") {
					continue
				}
				object, secret, presence := snapshot.Get(c.View, kinds.Secrets, account.Namespace, name)
				if presence == snapshot.Present && secret.Type == string(corev1.SecretTypeServiceAccountToken) {
					c.Fail(name, "account %s has a token that never expires in Secret %s", account.Name, name).At(path, name).In(object, "type", secret.Type)
				}
			}
		},
	}
}
