package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerWithoutPodSecurity fails API servers without the admission plugin
// PodSecurity.
func APIServerWithoutPodSecurity() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-without-pod-security",
			Title:    "API server does not enforce Pod Security Standards",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "The labels pod-security.kubernetes.io/enforce on namespaces have no effect: privileged pods and mounts of the " +
				"node's file system are admitted where people believe that they are not.",
			Remediation: "Take PodSecurity out of --disable-admission-plugins.",
			References:  []model.Reference{model.CIS("5.2.1"), model.NSA("Pod security"), model.MITRE("T1610"), model.Docs("concepts/security/pod-security-admission/")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run: eachComponent(controlplane.APIServer, func(s subject) {
			if !s.Version.AtLeast(23) {
				s.c.Skip() // not on by default before 1.23
				return
			}
			s.mustAdmit("PodSecurity", 1, "ignores the Pod Security labels of namespaces")
		}),
	}
}
