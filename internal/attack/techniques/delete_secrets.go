package techniques

import (
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
)

// DeleteSecrets is to read secrets without the right to. Whoever asks for foreground
// deletion gets the object with its finalizer as the answer, of a dry run too:
// updateForGracefulDeletionAndFinalizers and Delete of
// k8s.io/apiserver/pkg/registry/generic/registry/store.go.
func DeleteSecrets() attack.Technique {
	return attack.Technique{
		Control: model.Control{
			ID: "delete-secrets", Title: "Read secrets by deleting them", Layer: model.LayerCluster, Severity: model.High,
			Rationale:   "An object that is deleted in the foreground stays until the garbage collector has looked at it, so the answer to the request is the object: of a secret with all values. As a dry run it deletes nothing. The names must be known.",
			Remediation: "Treat delete on secrets as get: limit it to names, and give it to those only who may know the values.",
			References: []model.Reference{
				model.MITRE("T1552.007"), model.MITRE("T1528"), model.Docs("concepts/architecture/garbage-collection/#foreground-deletion"), model.Docs("reference/using-api/api-concepts/#dry-run"), model.Docs("concepts/security/rbac-good-practices/#listing-secrets"),
			},
		},
		Needs: []rbac.Permission{
			{Verbs: "delete", Resource: "secrets"},
		},
		Yields: []attack.Yield{attack.Secrets, attack.Subject},
		Ground: showsSecrets("they know the name of the secret"),
	}
}
