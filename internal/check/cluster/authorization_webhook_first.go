package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// AuthorizationWebhookFirst fails webhooks without conditions before the
// authorizer Node, and flags with Webhook first.
func AuthorizationWebhookFirst() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "authorization-webhook-first",
			Title:    "A webhook is asked before Node and RBAC, and for every request",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "It can allow what no role allows, for the control plane and for kubelets too, and when it is slow or down the " +
				"whole cluster is.",
			Remediation: "Put webhooks after Node and RBAC in the list; where one has to deny first, give it matchConditions.",
			References:  []model.Reference{model.CWE("CWE-400"), model.Docs("reference/access-authn-authz/authorization/")},
		},
		On:   authorizationKinds(),
		Only: &configuring,
		Run: func(c *check.Case) {
			if c.Object.Kind == "AuthorizationConfiguration" {
				node := authorizer(c, "Node")
				eachWebhook(func(c *check.Case, w webhook) {
					if len(w.Webhook.MatchConditions) == 0 && node >= 0 && w.index < node {
						c.Fail(w.Name, "the webhook %s is asked about every request of nodes and of the control plane", w.Name).At(w.path+".type", "Webhook")
					}
				})(c)
				return
			}
			judgeComponents(c, func(s subject) {
				modes, known := s.Items("authorization-mode")
				switch {
				case !known:
					c.Unknown()
				case len(modes) > 1 && modes[0].Value == "Webhook":
					s.fail(s.Flag("authorization-mode"), "asks a webhook about every request first")
				}
			}, controlplane.APIServer)
		},
	}
}
