package cluster

import (
	apiserverv1 "k8s.io/apiserver/pkg/apis/apiserver/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// AuthorizationWebhookOpen fails webhooks before other authorizers that have
// no opinion when they fail. After all others NoOpinion denies.
func AuthorizationWebhookOpen() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "authorization-webhook-open",
			Title:    "A webhook that denies requests is passed by when it fails",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "With failurePolicy NoOpinion the next authorizer decides while the webhook does not answer. Who can slow it down " +
				"or cut it off gets whatever it would have denied.",
			Remediation: "Set failurePolicy: Deny and limit the webhook by matchConditions to what it has to judge, so that the cluster " +
				"runs without it.",
			References: []model.Reference{model.CWE("CWE-636"), model.Docs("reference/access-authn-authz/authorization/#configuring-the-api-server-using-an-authorization-config-file")},
		},
		On: []string{"apiserver.config.k8s.io/AuthorizationConfiguration"},
		Run: eachWebhook(func(c *check.Case, w webhook) {
			if w.Webhook.FailurePolicy == "NoOpinion" && !w.last {
				c.Fail(w.Name, "the webhook %s is passed by when it fails", w.Name).At(w.path+".webhook.failurePolicy", w.Webhook.FailurePolicy).
					Fix(3, "Set failurePolicy to Deny", check.Set(c.Object, w.path+".webhook.failurePolicy", "Deny"))
			}
		}),
	}
}

// webhook is one authorizer of that type and where it stands.
type webhook struct {
	*apiserverv1.AuthorizerConfiguration
	index int
	path  model.Path
	last  bool
}

func eachWebhook(judge func(c *check.Case, w webhook)) func(*check.Case) {
	return func(c *check.Case) {
		config, err := kinds.AuthorizationConfigurations.Read(c.Object)
		if err != nil {
			c.Unknown()
			return
		}
		none := true
		for i := range config.Authorizers {
			if a := &config.Authorizers[i]; a.Type == "Webhook" && a.Webhook != nil {
				none = false
				judge(c, webhook{AuthorizerConfiguration: a, index: i, path: model.Path("authorizers").Index(i), last: i == len(config.Authorizers)-1})
			}
		}
		if none {
			c.Skip()
		}
	}
}
