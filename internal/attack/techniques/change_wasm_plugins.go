package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeWasmPlugins is to change what the proxies of a mesh do.
func ChangeWasmPlugins() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-wasm-plugins", Title: "Create or change Wasm plugins", Layer: model.LayerNetwork, Severity: model.Medium,
			Rationale: "A WasmPlugin loads a module from an image into the proxies of its namespace, in the root namespace of the mesh of all, where it reads and " +
				"changes each request.",
			Remediation: "Let the administrators of the mesh alone write what extends proxies; keep its root namespace to them.",
			References: []model.Reference{
				model.MITRE("T1557"), {Catalogue: "URL", ID: "https://istio.io/latest/docs/reference/config/proxy_extensions/wasm-plugin/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "extensions.istio.io", Resource: "wasmplugins"}},
		Yields: []attack.Yield{attack.Integrity},
		Ground: func(c *attack.Case) { meshTraffic(c, "wasmplugins.extensions.istio.io", "WasmPlugin") },
	}
}
