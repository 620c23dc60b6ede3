package cluster

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// WebhookWithoutCA fails webhooks in the cluster whose certificate the API server
// cannot check.
func WebhookWithoutCA() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "webhook-without-ca",
			Title:    "API server cannot check the certificate of the webhook",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "No public authority signs for a Service of the cluster: without caBundle every call fails, and the webhook either blocks " +
				"what it matches or, with failurePolicy Ignore, never judges anything.",
			Remediation: "Put the authority that signed the webhook's certificate into clientConfig.caBundle; cert-manager's CA injector keeps it there.",
			References: []model.Reference{
				model.CWE("CWE-295"), model.Docs("reference/access-authn-authz/extensible-admission-controllers/#contacting-the-webhook"),
			},
		},
		On: []string{validatingWebhooks, mutatingWebhooks},
		Run: func(c *check.Case) {
			if injected(c.Object) {
				return
			}
			eachAdmissionWebhook(func(c *check.Case, w *admissionWebhook) {
				if w.client.Service == nil || len(w.client.CABundle) > 0 {
					return
				}
				if !c.Settings().Live {
					c.Unknown() // most webhooks write their own when they start
					return
				}
				c.Fail(w.name, "webhook %s has no caBundle", w.name).At(w.path+".clientConfig.caBundle", nil)
			})(c)
		},
	}
}

// injected reports whether cert-manager or OpenShift puts the authority in.
func injected(object *snapshot.Object) bool {
	var annotations map[string]string
	if object.Kind == "MutatingWebhookConfiguration" {
		if config, err := kinds.MutatingWebhookConfigurations.Read(object); err == nil {
			annotations = config.Annotations
		}
	} else if config, err := kinds.ValidatingWebhookConfigurations.Read(object); err == nil {
		annotations = config.Annotations
	}
	for _, key := range []string{
		"cert-manager.io/inject-ca-from", "cert-manager.io/inject-ca-from-secret", "cert-manager.io/inject-apiserver-ca",
		"service.beta.openshift.io/inject-cabundle",
	} {
		if annotations[key] != "" {
			return true
		}
	}
	return false
}
