package techniques

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeAWSAuth is to map an AWS identity of one's own to system:masters.
func ChangeAWSAuth() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-aws-auth", Title: "Change the map of AWS identities", Layer: model.LayerCluster, Severity: model.Critical,
			Rationale: "In an EKS cluster that authenticates by the ConfigMap aws-auth, who writes it maps a role or user of AWS to the group system:masters, which " +
				"may do everything and which no RBAC takes back.",
			Remediation: "Move the cluster to access entries (authentication mode API) and delete aws-auth; until then let nobody write it but the pipeline that makes " +
				"node groups.",
			References: []model.Reference{
				model.MITRE("T1098"), {Catalogue: "URL", ID: "https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html"},
			},
		},
		Needs:  []rbac.Permission{{Verbs: "update|patch", Resource: "configmaps"}},
		Yields: []attack.Yield{attack.Admin},
		Ground: changeAWSAuth,
	}
}

func changeAWSAuth(c *attack.Case) {
	b, ok := named(c, "ConfigMap", metav1.NamespaceSystem, "aws-auth")
	if !ok {
		return
	}
	b.yields(c, attack.Admin, attack.Everything(), "the cluster is of EKS and its authentication mode reads aws-auth", "they have an identity of AWS")
}
