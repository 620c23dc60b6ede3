package network

import (
	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// IstioAuthorizationShadowed fails AuthorizationPolicies that another one leaves
// nothing to decide.
func IstioAuthorizationShadowed() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "istio-authorization-shadowed",
			Title:    "Istio AuthorizationPolicy has no effect beside another",
			Layer:    model.LayerNetwork,
			Severity: model.Low,
			Rationale: "Another policy denies, or lets in, every request to the same pods. What this one says is never asked: whoever relies on it is mistaken, " +
				"and removing the other one changes more than it seems to.",
			Remediation: "Remove one of the two, or narrow the one with a rule that every request meets.",
			References: []model.Reference{
				model.NSA("Network separation and hardening"), model.CWE("CWE-1164"), model.CWE("CWE-863"), model.Docs("concepts/security/"),
			},
		},
		On: []string{"security.istio.io/AuthorizationPolicy"},
		Run: func(c *check.Case) {
			p, err := mesh.AuthorizationPolicies.Read(c.Object)
			root, known := mesh.RootNamespace(c.View)
			if err != nil || p.Unread != nil || !known {
				c.Unknown()
				return
			}
			all, _ := snapshot.List(c.View, mesh.AuthorizationPolicies, "")
			for object, other := range all {
				if object.ID == c.Object.ID || !mesh.Shadows(root, object, other, c.Object, p) {
					continue
				}
				if mesh.Shadows(root, c.Object, p, object, other) && c.Object.ID.Compare(object.ID) < 0 {
					continue // each shadows the other: the first stands
				}
				does := "lets every request in"
				if other.Spec.Action == "DENY" {
					does = "denies every request"
				}
				c.Fail("", "%s %s to the same pods", object.ID, does).At("spec.action", p.Spec.Action).
					In(object, model.Path("spec.rules").Index(other.Spec.EveryRequest()), "{}")
				return
			}
		},
	}
}
