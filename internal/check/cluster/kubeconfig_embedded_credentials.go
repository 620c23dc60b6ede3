package cluster

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// KubeconfigEmbeddedCredentials fails kubeconfigs that hold credentials
// themselves, rather than name a file or a command.
func KubeconfigEmbeddedCredentials() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "kubeconfig-embedded-credentials",
			Title:    "Kubeconfig holds a token, password or private key",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "Whoever reads the file, its backup or the repository that it was committed to has the access of its user until " +
				"the credential is changed; Kubernetes cannot revoke client certificates at all.",
			Remediation: "Let an exec plugin get a short-lived credential when it is needed (users[].user.exec), and take the file out of " +
				"Git. Files of the control plane itself belong on its nodes only, readable by root.",
			References: []model.Reference{model.MITRE("T1552.001"), model.CWE("CWE-522"), model.Docs("concepts/configuration/organize-cluster-access-kubeconfig/")},
		},
		On: kubeconfigKinds(),
		Run: func(c *check.Case) {
			config, err := kinds.Kubeconfigs.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			for i := range config.Users {
				user, path := &config.Users[i].User, model.Path("users").Index(i)+".user"
				for _, credential := range []struct{ value, field, name string }{
					{user.Token, "token", "a token"}, {user.Password, "password", "a password"}, {user.ClientKeyData, "client-key-data", "a private key"},
				} {
					if credential.value != "" {
						c.Fail(config.Users[i].Name+" "+credential.field, "user %s has %s in the file", config.Users[i].Name, credential.name).
							At(path.Child(credential.field), "[redacted]")
					}
				}
			}
		},
	}
}
