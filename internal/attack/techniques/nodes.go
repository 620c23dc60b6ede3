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
func intoPodsOf(c *attack.Case, permission int) {
	if !c.Limited(permission) {
		c.Yields(attack.Sideways, attack.In("", "Pod", ""))
		return
	}
	pods, complete := snapshot.List(c.View, kinds.Pods, "")
	for _, node := range c.Names(permission) {
		for object, pod := range pods {
			if pod.Spec.NodeName == node {
				c.Shown(attack.Sideways, attack.In(object.Namespace, "Pod", object.Name), []model.Evidence{object.Evidence("spec.nodeName", node)})
			}
		}
		if !complete {
			c.Perhaps(attack.Sideways, attack.In("", "Pod", ""), "the pod runs on node "+node+"; not all pods were read")
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
