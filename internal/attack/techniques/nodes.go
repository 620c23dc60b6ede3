package techniques

import (
	"slices"

	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// Conditions of several techniques on nodes.
const (
	controlsNode     = "the subject controls a node"
	reachesKubelets  = "the subject reaches the kubelets' port (10250)"
	adminCertificate = "the client certificate that the API server shows to kubelets is an administrator's, as older versions of kubeadm issue it"
	acceptsItself    = "the API server accepts its own serving certificate as a kubelet's: without --kubelet-certificate-authority, or when one authority signs both"
)

// intoPodsOf yields the pods of the nodes that a permission counts for.
func intoPodsOf(c *attack.Case, permission int) { basis{}.intoPodsOf(c, targets(c, permission)) }

// intoPodsOf yields the pods of nodes; "" is every node.
func (b basis) intoPodsOf(c *attack.Case, nodes []string) {
	for _, node := range nodes {
		if node == "" {
			b.yields(c, attack.Sideways, attack.In("", "Pod", ""))
			continue
		}
		pods, complete := snapshot.List(c.View, kinds.Pods, "")
		for object, pod := range pods {
			if pod.Spec.NodeName == node {
				on := basis{evidence: []model.Evidence{object.Evidence("spec.nodeName", node)}}
				b.and(on).yields(c, attack.Sideways, attack.In(object.Namespace, "Pod", object.Name))
			}
		}
		if !complete {
			unread := basis{unread: []string{"the pod runs on node " + node + "; not all pods were read"}}
			b.and(unread).yields(c, attack.Sideways, attack.In("", "Pod", ""))
		}
	}
}

// onOneNode reports whether two permissions count for the same node.
func onOneNode(c *attack.Case, a, b int) bool {
	if !c.Limited(a) {
		return true
	}
	return slices.ContainsFunc(c.Names(a), func(name string) bool { return c.On(b, name) })
}
