package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateRayClusters is to run pods through KubeRay.
func CreateRayClusters() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-ray-clusters", Title: "Create or change Ray clusters", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "A RayCluster holds whole pod templates, of its head and of each group of workers. The pod runs as any account of the namespace and mounts any " +
				"of its secrets.",
			Remediation: "Give rights on the resource only in namespaces whose accounts and secrets the same people may use; enforce the Pod Security level baseline or " +
				"restricted there.",
			References: []model.Reference{
				model.MITRE("T1610"), {Catalogue: "URL", ID: "https://docs.ray.io/en/latest/cluster/kubernetes/user-guides/config.html"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "ray.io", Resource: "rayclusters"}},
		Yields: []attack.Yield{attack.Namespace, attack.Node},
		Ground: customPods("rayclusters.ray.io", "RayCluster"),
	}
}
