package techniques

import (
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// ChangeHTTPRoutes is to answer for the host of another at a gateway.
func ChangeHTTPRoutes() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-http-routes", Title: "Create or change HTTP routes", Layer: model.LayerNetwork, Severity: model.Medium,
			Rationale: "A Gateway that lets routes of any namespace attach gives each of them whatever host and path its listener has: a longer path or a more exact " +
				"host takes over what users ask of another's application.",
			Remediation: "Let routes attach from the same namespace or from selected ones, and give each team a listener with a host of its own.",
			References: []model.Reference{
				model.MITRE("T1557"), {Catalogue: "URL", ID: "https://gateway-api.sigs.k8s.io/concepts/security-model/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "gateway.networking.k8s.io", Resource: "httproutes"}},
		Yields: []attack.Yield{attack.Integrity},
		Ground: changeHTTPRoutes,
	}
}

func changeHTTPRoutes(c *attack.Case) {
	for _, s := range sites(c, snapshot.GroupKind{Group: gatewayv1.GroupName, Kind: "HTTPRoute"}) {
		changeHTTPRoutesIn(c, s)
	}
}

func changeHTTPRoutesIn(c *attack.Case, own site) {
	object := attack.Of(gatewayv1.GroupName, "Gateway", "", "")
	all, complete := snapshot.List(c.View, kinds.Gateways, "")
	for gateway, g := range all {
		for i := range g.Spec.Listeners {
			from := routesFrom(&g.Spec.Listeners[i])
			if from == gatewayv1.NamespacesFromNone || from == gatewayv1.NamespacesFromSame && own.namespace != "" && own.namespace != gateway.Namespace {
				continue
			}
			b := own.and(basis{evidence: []model.Evidence{gateway.Evidence(model.Path("spec.listeners").Index(i)+".allowedRoutes.namespaces.from", string(from))}})
			if from == gatewayv1.NamespacesFromSelector {
				b.conditions = append(b.conditions, "the labels of the namespace let it attach to the gateway")
			}
			object.Namespace, object.Name = gateway.Namespace, gateway.Name
			b.yields(c, attack.Integrity, object)
			break
		}
	}
	if !complete {
		own.unread = append(own.unread, "a Gateway lets routes of the namespace attach; not all were read")
		own.yields(c, attack.Integrity, attack.Of(gatewayv1.GroupName, "Gateway", "", ""))
	}
}

// routesFrom says which namespaces a listener lets routes attach from: its own where
// nothing is written.
func routesFrom(l *gatewayv1.Listener) gatewayv1.FromNamespaces {
	if l.AllowedRoutes == nil || l.AllowedRoutes.Namespaces == nil || l.AllowedRoutes.Namespaces.From == nil {
		return gatewayv1.NamespacesFromSame
	}
	return *l.AllowedRoutes.Namespaces.From
}
