package cluster

import (
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// RBACReachesNamespaces fails bindings that give workloads, or anyone in all namespaces, control over what runs.
func RBACReachesNamespaces() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "rbac-reaches-namespaces",
			Title:       "Binding lets its subject control what runs in a namespace",
			Layer:       model.LayerCluster,
			Severity:    model.Medium,
			Rationale:   "Who decides what runs in a namespace acts as each of its service accounts and reads each of its secrets. For a person who runs the namespace that is meant; for a pod it means that a flaw in it is a flaw in all of them, and across namespaces it is meant for nobody but the platform.",
			Remediation: "Let workloads change only the objects that are theirs, by resourceNames; bind roles for people in their own namespaces only.",
			References: []model.Reference{
				model.CIS("5.1.4"), model.MITRE("T1610"), model.CWE("CWE-269"), model.Docs("concepts/security/rbac-good-practices/#workload-creation"),
			},
		},
		On:  bindingKinds(),
		Run: judgeGains(attack.Namespace, beyondOwn, "controls what runs"),
	}
}
