package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// CreateBootstrapTokens is to make a token with which machines join.
func CreateBootstrapTokens() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "create-bootstrap-tokens", Title: "Create bootstrap tokens", Layer: model.LayerCluster, Severity: model.High,
			Rationale:   "A secret of the type bootstrap.kubernetes.io/token in kube-system is a token of its author's choice, of the group system:bootstrappers and of any group below it: what machines may do that join the cluster, which ends in the certificate of a node.",
			Remediation: "Let nobody create secrets in kube-system; turn bootstrap token authentication off where no machines join with it.",
			References: []model.Reference{
				model.MITRE("T1136"), model.MITRE("T1552.007"), model.Docs("reference/access-authn-authz/bootstrap-tokens/"), model.Docs("reference/access-authn-authz/kubelet-tls-bootstrapping/"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "create", Resource: "secrets"},
		},
		Yields: []attack.Yield{attack.Subject},
		Ground: bootstraps,
	}
}
