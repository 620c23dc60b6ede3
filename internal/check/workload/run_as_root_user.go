package workload

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/policy"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// RunAsRootUser fails pods and containers that choose user 0.
func RunAsRootUser() check.Check {
	official := policy.CheckRunAsUser()
	return check.Check{
		Control: model.Control{
			ID:       "run-as-root-user",
			Title:    "Container is told to run as root",
			Layer:    model.LayerWorkload,
			Severity: model.Medium,
			Rationale: "Root in a container is root on the node as soon as something lets it out: a mounted path, a socket, a flaw in the runtime " +
				"or the kernel. Within the container it overwrites the application.",
			Remediation: "Set runAsUser to a user other than 0, best one above 10000, and give it the files it writes; or set hostUsers: false, which makes root of the container an ordinary user of the node.",
			References:  []model.Reference{model.PSS("Running as Non-root user"), model.CIS("5.2.7"), model.NSA("Pod security"), model.CWE("CWE-250")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			judge(c, &official, func(p *pod) {
				for at := range p.places() {
					if user := at.settings.RunAsUser; user != nil && p.forbidsAt(at, corev1.SecurityContext{RunAsUser: user}) {
						p.fail(at.key, "%s sets runAsUser: %d", at.who, *user).In(at.object, at.path+".runAsUser", user)
					}
				}
			})
		},
	}
}
