package cluster

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// oldestSupported is the oldest minor version of Kubernetes that got security fixes
// in November 2026: 1.34 ended on 2026-10-27 (kubernetes.io/releases/patch-releases).
const oldestSupported = 35

// kubeletVersion returns the version of the node being judged. ok is false, and the
// verdict Unknown, when it is not known.
func kubeletVersion(c *check.Case) (version snapshot.Version, text string, ok bool) {
	node, err := kinds.Nodes.Read(c.Object)
	if err != nil || node.Status.NodeInfo.KubeletVersion == "" {
		c.Unknown()
		return snapshot.Version{}, "", false
	}
	text = node.Status.NodeInfo.KubeletVersion
	if version, err = snapshot.ParseVersion(text); err != nil {
		c.Unknown()
	}
	return version, text, err == nil
}

const kubeletVersionPath = "status.nodeInfo.kubeletVersion"
