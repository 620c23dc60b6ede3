package techniques

import (
	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

const accountPath = model.Path(`metadata.annotations["kubernetes.io/service-account.name"]`)

// showsSecrets says what comes of seeing the secrets that the first permission counts
// for: what they say, and the accounts whose tokens they hold.
func showsSecrets(conditions ...string) func(*attack.Case) {
	return func(c *attack.Case) {
		for _, name := range targets(c, 0) {
			c.Yields(attack.Secrets, attack.In(c.Namespace, "Secret", name), conditions...)
		}
		all, complete := snapshot.List(c.View, kinds.Secrets, c.Namespace)
		for object, secret := range all {
			account := secret.Annotations[corev1.ServiceAccountNameKey]
			if secret.Type == string(corev1.SecretTypeServiceAccountToken) && account != "" && c.On(0, object.Name) {
				c.Shown(attack.Subject, attack.Accounts(object.Namespace, account), []model.Evidence{object.Evidence(accountPath, account)}, conditions...)
			}
		}
		if !complete {
			unread := append([]string{"a Secret that the right counts for holds the token of the account; not all were read"}, conditions...)
			c.Perhaps(attack.Subject, attack.Accounts(c.Namespace, ""), unread...)
		}
	}
}
