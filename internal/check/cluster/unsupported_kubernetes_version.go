package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// UnsupportedKubernetesVersion fails nodes, API servers and configurations of
// kubeadm with a version of Kubernetes that is out of support.
func UnsupportedKubernetesVersion() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "unsupported-kubernetes-version",
			Title:    "Kubernetes version is out of support",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "Flaws that are found from now on stay open in this version, and are published together with how to use them. The " +
				"project supports each minor version for about fourteen months; some vendors sell fixes for longer.",
			Remediation: "Upgrade, one minor version at a time, to one that is supported; control plane first, then the nodes. Where a " +
				"vendor still fixes this version, write an exception that ends with that support.",
			References: []model.Reference{model.NSA("Upgrading and application security practices"), model.MITRE("T1190"), model.CWE("CWE-1104"), model.Docs("setup/release/version-skew-policy/")},
		},
		On:   []string{"Node", "Pod", "apps/Deployment", "apps/StatefulSet", "apps/DaemonSet", "kubeadm.k8s.io/ClusterConfiguration"},
		Only: &configuring,
		Run: func(c *check.Case) {
			switch c.Object.Kind {
			case "Node":
				if version, text, ok := kubeletVersion(c); ok && !version.AtLeast(oldestSupported) {
					c.Fail("", "node %s runs Kubernetes %s, which the project no longer fixes", c.Object.Name, text).At(kubeletVersionPath, text)
				}
			case "ClusterConfiguration":
				outdatedKubeadm(c)
			default:
				outdatedImages(c)
			}
		},
	}
}

func outdatedKubeadm(c *check.Case) {
	config, err := kinds.KubeadmClusters.Read(c.Object)
	if err != nil {
		c.Unknown()
		return
	}
	version, err := snapshot.ParseVersion(config.KubernetesVersion)
	switch {
	case err != nil:
		c.Unknown() // none, which means kubeadm's own, or a label such as stable-1
	case !version.AtLeast(oldestSupported):
		c.Fail("", "the cluster is set up with Kubernetes %s, which the project no longer fixes", config.KubernetesVersion).At("kubernetesVersion", config.KubernetesVersion)
	}
}

// outdatedImages judges the images of Kubernetes' own programs by their tags.
func outdatedImages(c *check.Case) {
	found := controlplane.Of(c.View, c.Object)
	none := true
	for i := range found {
		for _, container := range c.Workload().Containers {
			if container.Name != found[i].Name || found[i].Program == controlplane.Etcd || found[i].Program == controlplane.CloudControllerManager {
				continue
			}
			none = false
			if !found[i].Tagged {
				c.Unknown()
			} else if !found[i].Version.AtLeast(oldestSupported) {
				c.Fail(container.Name, "%s is of Kubernetes %s, which the project no longer fixes", container.Name, found[i].Version).In(container.Object, container.Path+".image", container.Image)
			}
		}
	}
	if none {
		c.Skip()
	}
}
