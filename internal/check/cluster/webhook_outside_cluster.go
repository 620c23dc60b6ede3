package cluster

import (
	"net/url"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// WebhookOutsideCluster fails webhooks that send what is created in the cluster to a
// server elsewhere.
func WebhookOutsideCluster() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "webhook-outside-cluster",
			Title:    "Webhook sends requests to a server outside of the cluster",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "That server reads every object that the rules match, Secrets with their values among them, and decides what the cluster " +
				"admits or turns it into something else.",
			Remediation: "Run the webhook in the cluster behind a Service; else narrow its rules, check its certificate by caBundle, and know who runs it.",
			References: []model.Reference{
				model.CWE("CWE-829"), model.Docs("reference/access-authn-authz/extensible-admission-controllers/#url"),
			},
		},
		On: []string{validatingWebhooks, mutatingWebhooks},
		Run: eachAdmissionWebhook(func(c *check.Case, w *admissionWebhook) {
			if w.client.URL == nil {
				return
			}
			path, text := w.path+".clientConfig.url", *w.client.URL
			parsed, err := url.Parse(text)
			switch {
			case err != nil || parsed.Host == "":
				c.Fail(w.name, "webhook %s has no address that can be called", w.name).At(path, "")
			case parsed.Scheme != "https":
				c.Fail(w.name, "webhook %s is called without TLS: the API server refuses it", w.name).At(path, withoutQuery(parsed))
			case parsed.Hostname() == "localhost" || parsed.Hostname() == "127.0.0.1" || parsed.Hostname() == "::1":
				// a program beside the API server, as managed control planes have them
			default:
				c.Fail(w.name, "webhook %s sends what it matches to %s", w.name, parsed.Host).At(path, withoutQuery(parsed))
			}
		}),
	}
}

// withoutQuery renders an address without what can be a secret in it.
func withoutQuery(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}
