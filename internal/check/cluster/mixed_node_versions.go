package cluster

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// MixedNodeVersions notes nodes that are older than the newest node.
func MixedNodeVersions() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "mixed-node-versions",
			Title:    "Nodes run different minor versions of Kubernetes",
			Layer:    model.LayerCluster,
			Severity: model.Info,
			Rationale: "In the middle of an upgrade this is as it should be. Afterwards it is a node that was forgotten, and that keeps " +
				"the flaws which the others no longer have.",
			Remediation: "Finish the upgrade of the node, or replace it.",
			References:  []model.Reference{model.NSA("Upgrading and application security practices"), model.Docs("setup/release/version-skew-policy/")},
		},
		On: []string{"Node"},
		Run: func(c *check.Case) {
			version, text, ok := kubeletVersion(c)
			if !ok {
				return
			}
			if newest := newestNode.Of(c.View, struct{}{}); version.Less(newest) {
				c.Fail("", "node %s runs %s, others run %s", c.Object.Name, text, newest).At(kubeletVersionPath, text)
			}
		},
	}
}

var newestNode = snapshot.Memo[struct{}, snapshot.Version]{Name: "cluster.newestNode", Compute: func(v *snapshot.View, _ struct{}) snapshot.Version {
	var newest snapshot.Version
	nodes, _ := snapshot.List(v, kinds.Nodes, "")
	for _, node := range nodes {
		if version, err := snapshot.ParseVersion(node.Status.NodeInfo.KubeletVersion); err == nil && newest.Less(version) {
			newest = version
		}
	}
	return newest
}}
