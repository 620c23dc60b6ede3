package data

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// UnusedSecret fails Secrets that nothing refers to.
func UnusedSecret() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "unused-secret",
			Title:    "Nothing refers to the Secret",
			Layer:    model.LayerData,
			Severity: model.Low,
			Rationale: "A credential that nobody needs any more still works for whoever reads it, and nobody thinks of changing it. " +
				"Programs that read Secrets from the API by themselves leave no reference.",
			Remediation: "Find out whether a program reads it from the API; if none does, revoke the credential where it is valid and delete the Secret.",
			References:  []model.Reference{model.CWE("CWE-1164"), model.Docs("concepts/security/secrets-good-practices/")},
		},
		On: []string{"Secret"},
		Run: func(c *check.Case) {
			secret := secretOf(c)
			if secret == nil {
				return
			}
			namespace := c.Object.Namespace
			if !plain(secret) || len(secret.Keys) == 0 || namespace == metav1.NamespaceSystem || namespace == metav1.NamespacePublic {
				c.Skip()
				return
			}
			if len(workloadUses.Of(c.View, namespace)[secret.Name]) > 0 {
				return
			}
			if !referrersKnown(c.View, namespace) || readThroughAPI.Of(c.View, namespace) {
				c.Unknown()
				return
			}
			places := mentioned.Of(c.View, struct{}{})[secret.Name]
			if !slices.Contains(places, namespace) && !slices.Contains(places, "") {
				c.Fail("", "no workload, account, ingress or other object of namespace %s names it", namespace).At("metadata.name", secret.Name)
			}
		},
	}
}

// plain reports Secrets that people make for workloads: none that a controller owns
// or reads by its labels, and none of a type that something else reads.
func plain(secret *kinds.Secret) bool {
	switch secret.Type {
	case string(corev1.SecretTypeOpaque), string(corev1.SecretTypeTLS), string(corev1.SecretTypeBasicAuth), string(corev1.SecretTypeSSHAuth),
		string(corev1.SecretTypeDockerConfigJson), string(corev1.SecretTypeDockercfg), "":
	default:
		return false
	}
	return len(secret.OwnerReferences) == 0 && secret.Labels["argocd.argoproj.io/secret-type"] == "" &&
		secret.Labels["argocd.argoproj.io/instance"] == "" && secret.Labels["operator.prometheus.io/config-reloader"] == ""
}

// readThroughAPI reports whether a Role of a namespace lets somebody read its
// Secrets: which of them, no reference says.
var readThroughAPI = snapshot.Memo[string, bool]{Name: "check/data.readThroughAPI", Compute: func(v *snapshot.View, namespace string) bool {
	for _, object := range v.Objects(snapshot.GroupKind{Group: "rbac.authorization.k8s.io", Kind: "Role"}, namespace) {
		role, err := kinds.Roles.Read(object)
		if err != nil {
			return true
		}
		for i := range role.Rules {
			rule := &role.Rules[i]
			if len(rule.ResourceNames) == 0 && (slices.Contains(rule.Resources, "secrets") || slices.Contains(rule.Resources, "*")) &&
				slices.ContainsFunc(rule.Verbs, func(verb string) bool { return verb == "get" || verb == "list" || verb == "watch" || verb == "*" }) {
				return true
			}
		}
	}
	return false
}}

// referrersKnown reports whether everything that can refer to a Secret of a
// namespace was read. In a running cluster that takes a list of every custom
// resource; of files, a workload of the namespace and no gap.
func referrersKnown(v *snapshot.View, namespace string) bool {
	if !workload.Complete(v, namespace) {
		return false
	}
	if !v.Settings().Live {
		return len(workload.In(v, namespace)) > 0 && !v.Unread(model.Scope{Namespace: namespace})
	}
	for _, scope := range []model.Scope{
		{Kind: "ServiceAccount", Namespace: namespace}, {Kind: "PersistentVolume"}, {Kind: "ConfigMap", Namespace: namespace},
		{Group: "networking.k8s.io", Kind: "Ingress"}, {Group: "storage.k8s.io", Kind: "StorageClass"},
		{Group: "rbac.authorization.k8s.io", Kind: "Role", Namespace: namespace},
	} {
		if !v.Complete(scope) {
			return false
		}
	}
	return customResourcesListed(v)
}

// customResourcesListed reports whether the custom resource definitions of a running
// cluster were listed, and every kind that they define.
func customResourcesListed(v *snapshot.View) bool {
	definitions := snapshot.GroupKind{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition"}
	if !v.Snapshot().Listed(model.Scope{Cluster: v.Settings().Cluster, Group: definitions.Group, Kind: definitions.Kind}) {
		return false
	}
	for _, object := range v.Objects(definitions, "") {
		definition, err := customResourceDefinitions.Read(object)
		if err != nil || !v.Complete(model.Scope{Group: definition.Spec.Group, Kind: definition.Spec.Names.Kind}) {
			return false
		}
	}
	return true
}

// customResourceDefinition is the part of a CustomResourceDefinition that names its
// kind.
type customResourceDefinition struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              struct {
		Group string `json:"group"`
		Names struct {
			Kind string `json:"kind"`
		} `json:"names"`
	} `json:"spec"`
}

var customResourceDefinitions = kinds.Of[customResourceDefinition]("apiextensions.k8s.io", "CustomResourceDefinition")
