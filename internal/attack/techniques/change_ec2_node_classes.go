package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeEC2NodeClasses is to run code on the nodes that Karpenter starts.
func ChangeEC2NodeClasses() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-ec2-node-classes", Title: "Create or change Karpenter node classes", Layer: model.LayerCluster, Severity: model.High,
			Rationale: "An EC2NodeClass holds the user data that each of its nodes runs as root when it starts, the machine image and the role of AWS that the node " +
				"has.",
			Remediation: "Let administrators alone write node classes.",
			References: []model.Reference{
				model.MITRE("T1610"), model.MITRE("T1525"), {Catalogue: "URL", ID: "https://karpenter.sh/docs/concepts/nodeclasses/"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "create|update|patch", Group: "karpenter.k8s.aws", Resource: "ec2nodeclasses", ClusterWide: true}},
		Yields: []attack.Yield{attack.Node},
		Ground: func(c *attack.Case) {
			for _, s := range custom(c, "ec2nodeclasses.karpenter.k8s.aws", "EC2NodeClass") {
				s.yields(c, attack.Node, attack.Nodes(""), "a NodePool uses the class, and Karpenter starts a node of it")
			}
		},
	}
}
