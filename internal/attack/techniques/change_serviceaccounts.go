package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// ChangeServiceAccounts is to change what pods of a service account get.
func ChangeServiceAccounts() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "change-serviceaccounts", Title: "Change service accounts", Layer: model.LayerCluster, Severity: model.Medium,
			Rationale:   "Annotations such as eks.amazonaws.com/role-arn, iam.gke.io/gcp-service-account and azure.workload.identity/client-id decide as which identity of the cloud the pods of the account act, imagePullSecrets with which credentials their images are pulled, automountServiceAccountToken whether its token lies in them.",
			Remediation: "Let only those change service accounts who deploy them; name account and namespace in the trust policies of the cloud.",
			References: []model.Reference{
				model.MITRE("T1098"), model.MITRE("T1078.004"), model.Docs("concepts/security/service-accounts/"), model.Docs("tasks/configure-pod-container/configure-service-account/"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "update|patch", Resource: "serviceaccounts"},
		},
		Yields: []attack.Yield{attack.Integrity},
		Ground: func(c *attack.Case) { onEach(c, 0, attack.Integrity, "", "ServiceAccount") },
	}
}
