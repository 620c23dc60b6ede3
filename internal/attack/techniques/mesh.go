package techniques

import "holdfast.dev/holdfast/internal/attack"

// meshRoot is the namespace of Istio whose resources count in the whole mesh, unless
// the mesh names another (meshConfig.rootNamespace).
const meshRoot = "istio-system"

// meshTraffic says what comes of a resource that changes the proxies of its namespace.
func meshTraffic(c *attack.Case, definition, kind string) {
	for _, s := range custom(c, definition, kind) {
		pods := attack.In(s.namespace, "Pod", "")
		if s.namespace == meshRoot {
			pods.Namespace = ""
		}
		s.yields(c, attack.Integrity, pods, "the pods have a proxy of Istio")
	}
}
