package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeEnvoyFilters is to change what the proxies of a mesh do.
func ChangeEnvoyFilters() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-envoy-filters", Title: "Create or change Envoy filters", Layer: model.LayerNetwork, Severity: model.Medium,
			Rationale: "An EnvoyFilter changes the configuration of the proxies of its namespace, in the root namespace of the mesh of all: it sends traffic " +
				"elsewhere, runs code on each request and switches authentication off.",
			Remediation: "Let the administrators of the mesh alone write what extends proxies; keep its root namespace to them.",
			References: []model.Reference{
				model.MITRE("T1557"), {Catalogue: "URL", ID: "https://istio.io/latest/docs/reference/config/networking/envoy-filter/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "networking.istio.io", Resource: "envoyfilters"}},
		Yields: []attack.Yield{attack.Integrity},
		Ground: func(c *attack.Case) { meshTraffic(c, "envoyfilters.networking.istio.io", "EnvoyFilter") },
	}
}
