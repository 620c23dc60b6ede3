package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// NodeVersionSkew fails nodes that are newer than the API server or too old
// for it.
func NodeVersionSkew() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "node-version-skew",
			Title:    "Kubelet and API server are too far apart",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "The two are tested up to three minor versions apart, and never with the kubelet ahead. Beyond that, fields that " +
				"protect a pod may be dropped on the way, and nobody looks into what breaks.",
			Remediation: "Upgrade the nodes to the minor version of the API server, or at most three below it (two before 1.28).",
			References:  []model.Reference{model.NSA("Upgrading and application security practices"), model.CWE("CWE-1104"), model.Docs("setup/release/version-skew-policy/")},
		},
		On: []string{"Node"},
		Run: func(c *check.Case) {
			server, known := serverVersion(c)
			version, text, ok := kubeletVersion(c)
			if !known || !ok {
				c.Unknown()
				return
			}
			allowed := 3
			if !server.AtLeast(28) {
				allowed = 2
			}
			switch {
			case server.Less(version):
				c.Fail("", "node %s runs %s, newer than the API server %s", c.Object.Name, text, server).At(kubeletVersionPath, text)
			case version.Major != server.Major || version.Minor < server.Minor-allowed:
				c.Fail("", "node %s runs %s, more than %d versions behind the API server %s", c.Object.Name, text, allowed, server).At(kubeletVersionPath, text)
			}
		},
	}
}

// serverVersion is that of the running cluster; of files, that of the one API
// server among them.
func serverVersion(c *check.Case) (version snapshot.Version, known bool) {
	if c.Settings().Live {
		return c.Settings().Version, !c.Settings().Version.IsZero()
	}
	for _, server := range controlplane.All(c.View, controlplane.APIServer) {
		if known && server.Version != version {
			return snapshot.Version{}, false
		}
		version, known = server.Version, true
	}
	return version, known
}
