package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerWithoutPolicyAdmission fails API servers that pass by webhooks or
// admission policies.
func APIServerWithoutPolicyAdmission() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-without-policy-admission",
			Title:    "API server does not ask admission policies or webhooks",
			Layer:    model.LayerCluster,
			Severity: model.High,
			Rationale: "Policy engines (Kyverno, Gatekeeper, admission policies), sidecar injectors and signature verification are never " +
				"asked. Everything that they are believed to refuse is admitted, and nothing in the cluster shows it.",
			Remediation: "Take ValidatingAdmissionWebhook, MutatingAdmissionWebhook and ValidatingAdmissionPolicy out of " +
				"--disable-admission-plugins.",
			References: []model.Reference{model.NSA("Pod security"), model.MITRE("T1562.001"), model.Docs("reference/access-authn-authz/extensible-admission-controllers/")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run: eachComponent(controlplane.APIServer, func(s subject) {
			for _, plugin := range []string{"ValidatingAdmissionWebhook", "MutatingAdmissionWebhook", "ValidatingAdmissionPolicy"} {
				if plugin != "ValidatingAdmissionPolicy" || s.Version.AtLeast(30) {
					s.mustAdmit(plugin, 1, "passes by what "+plugin+" would ask")
				}
			}
		}),
	}
}
