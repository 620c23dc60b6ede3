package workload

import (
	"strings"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// ImageRegistryAddress fails images from a registry that is named by an address or is
// the node itself.
func ImageRegistryAddress() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "image-registry-address",
			Title:    "Image comes from a registry that is a bare address or localhost",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "A registry without a name has, as a rule, no certificate that a client can verify, so nodes are set up to trust " +
				"it blindly; localhost is whatever listens on each node.",
			Remediation: "Give the registry a DNS name and a certificate that the nodes trust, and use that name.",
			References:  []model.Reference{model.CWE("CWE-295"), model.NSA("Pod security"), model.Docs("concepts/containers/images/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			for use := range images(c.Workload()) {
				registry, _ := splitImage(use.image)
				if bareAddress(registry) {
					c.Fail(use.key, "%s uses the registry %s", use.what(), registry).In(use.object, use.path(), use.image)
				}
			}
		},
	}
}

// bareAddress reports whether a registry is an IP address or the local host.
func bareAddress(registry string) bool {
	host := registry
	if colon := strings.LastIndexByte(registry, ':'); colon >= 0 && !strings.HasSuffix(registry, "]") {
		host = registry[:colon]
	}
	if host == "localhost" || strings.HasPrefix(host, "[") {
		return true
	}
	return host != "" && strings.Trim(host, "0123456789.") == "" && strings.Count(host, ".") == 3
}
