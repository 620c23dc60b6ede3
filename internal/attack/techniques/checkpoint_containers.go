package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/feature"
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CheckpointContainers is to have a kubelet write the memory of a container to the node's disk.
func CheckpointContainers() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "checkpoint-containers", Title: "Checkpoint containers", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale: "A checkpoint is an archive of a running container with all of its memory, so with every key and token that it holds. The kubelet writes it below " +
				"/var/lib/kubelet/checkpoints, readable by root of the node, and never deletes one: repeated, they fill the disk, and pods of the node are evicted. Its " +
				"content is another's only when those files can be read or leave the node.",
			Remediation: "Grant nodes/checkpoint to the tool that needs it only; protect the folder and delete archives when they have been taken; where nobody uses it, switch " +
				"off the feature gate ContainerCheckpoint of the kubelets.",
			References: []model.Reference{
				model.MITRE("T1005"), model.MITRE("T1499"),
				model.Docs("reference/node/kubelet-checkpoint-api/"),
				model.Reference{Catalogue: "KEP", ID: "2008"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create", Resource: "nodes", Subresource: "checkpoint", ClusterWide: true}},
		Yields: []attack.Yield{attack.Denial, attack.Secrets},
		When:   attack.Applicability{Gate: feature.ContainerCheckpoint},
		Ground: func(c *attack.Case) {
			const supported = "the container runtime supports checkpoints"
			onEach(c, 0, attack.Denial, "", "Node", reachesKubelets, supported)
			c.Yields(attack.Secrets, attack.In("", "Secret", ""),
				reachesKubelets, supported, "the subject reads files of the nodes below /var/lib/kubelet/checkpoints")
		},
	}
}
