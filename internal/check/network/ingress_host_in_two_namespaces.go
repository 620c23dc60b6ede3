package network

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// IngressHostInTwoNamespaces fails Ingresses for a host that an Ingress of another
// namespace serves too.
func IngressHostInTwoNamespaces() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "ingress-host-in-two-namespaces",
			Title:    "Two namespaces serve the same host",
			Layer:    model.LayerNetwork,
			Severity: model.Low,
			Rationale: "Controllers merge Ingresses for one host. Whoever may write an Ingress in the other namespace can take over paths of this " +
				"application, with its cookies and under its certificate.",
			Remediation: "Serve each host from one namespace, and hold teams to their own hosts with an admission policy, or with Gateways whose listeners allow named namespaces.",
			References:  []model.Reference{model.CWE("CWE-284"), model.Docs("concepts/services-networking/ingress/#name-based-virtual-hosting")},
		},
		On: []string{ingressKind},
		Run: func(c *check.Case) {
			i := ingress(c)
			if i == nil {
				return
			}
			claims, class := hostClaims.Of(c.View, struct{}{}), classOf(i)
			said := map[string]bool{}
			for n := range i.Spec.Rules {
				host := i.Spec.Rules[n].Host
				if host == "" || said[host] {
					continue
				}
				said[host] = true
				for _, claim := range claims[host] {
					if claim.object.Namespace != c.Object.Namespace && claim.class == class {
						c.Fail(host, "host %s is served by %s too", host, claim.object.ID).
							At(model.Path("spec.rules").Index(n)+".host", host).In(claim.object, claim.path, host)
						break
					}
				}
			}
		},
	}
}

// hostClaim is one Ingress that serves a host.
type hostClaim struct {
	object *snapshot.Object
	path   model.Path
	class  string
}

// hostClaims maps each host to the Ingresses that serve it.
var hostClaims = snapshot.Memo[struct{}, map[string][]hostClaim]{Name: "check/network.hostClaims", Compute: func(v *snapshot.View, _ struct{}) map[string][]hostClaim {
	claims := map[string][]hostClaim{}
	list, _ := snapshot.List(v, kinds.Ingresses, "")
	for object, i := range list {
		if i.Labels["acme.cert-manager.io/http01-solver"] == "true" {
			continue
		}
		for n := range i.Spec.Rules {
			if host := i.Spec.Rules[n].Host; host != "" {
				claims[host] = append(claims[host], hostClaim{object: object, path: model.Path("spec.rules").Index(n) + ".host", class: classOf(i)})
			}
		}
	}
	return claims
}}
