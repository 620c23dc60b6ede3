package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerServiceExternalIPs fails API servers that admit Services with any
// external IP.
func APIServerServiceExternalIPs() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-service-external-ips",
			Title:    "Services may claim any external IP address",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "Whoever may create a Service can give it the address of somebody else as external IP, and the nodes then send " +
				"the cluster's traffic for that address to the Service (CVE-2020-8554).",
			Remediation: "Add DenyServiceExternalIPs to --enable-admission-plugins, or forbid spec.externalIPs by an admission policy.",
			References:  []model.Reference{model.CIS("1.2.3"), model.MITRE("T1557"), model.Docs("reference/access-authn-authz/admission-controllers/#denyserviceexternalips")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run: eachComponent(controlplane.APIServer, func(s subject) {
			if !s.Version.AtLeast(21) {
				s.c.Skip() // the plugin came with 1.21
				return
			}
			s.mustAdmit("DenyServiceExternalIPs", 2, "admits Services with any external IP")
		}),
	}
}
