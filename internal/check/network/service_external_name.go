package network

import (
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// ServiceExternalName fails Services that are an alias of a name outside their
// namespace.
func ServiceExternalName() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "service-external-name",
			Title:    "Service is an alias of a name elsewhere",
			Layer:    model.LayerNetwork,
			Severity: model.Info,
			Rationale: "Clients talk to whoever answers under the other name, and NetworkPolicies see only its addresses. An ingress that serves such a " +
				"Service becomes a proxy into what the name points at: another namespace, the node itself, or the metadata service.",
			Remediation: "Let clients use the outside name, or an egress gateway. Keep ExternalName Services out of ingress backends.",
			References: []model.Reference{
				model.CWE("CWE-441"), model.Docs("concepts/services-networking/service/#externalname"),
			},
		},
		On: []string{"Service"},
		Run: func(c *check.Case) {
			s, err := kinds.Services.Read(c.Object)
			if err != nil {
				c.Unknown()
				return
			}
			if s.Spec.Type != corev1.ServiceTypeExternalName {
				return
			}
			name := strings.TrimSuffix(strings.ToLower(s.Spec.ExternalName), ".")
			severity, what := model.Info, "is an alias of "+name
			switch {
			case name == "localhost" || strings.HasPrefix(name, "metadata.") || isAddress(name):
				severity, what = model.Medium, "points at "+name+", which an ingress or proxy would reach from its own position"
			case strings.HasSuffix(name, ".svc") || strings.Contains(name, ".svc."):
				severity, what = model.Low, "is an alias of "+name+", a Service that other rules protect under its own name"
			}
			c.Fail("", "Service %s %s", c.Object.Name, what).Severity(severity).At("spec.externalName", s.Spec.ExternalName)
		},
	}
}

func isAddress(name string) bool {
	_, err := netip.ParseAddr(name)
	return err == nil
}
