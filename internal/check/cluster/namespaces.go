package cluster

import (
	"encoding/json"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

const podSecurityPrefix = "pod-security.kubernetes.io/"

// namespace returns the judged Namespace, or nil after saying that it is unknown or
// one of Kubernetes' own, whose pods need what the standards forbid.
func namespace(c *check.Case) *corev1.Namespace {
	ns, err := kinds.Namespaces.Read(c.Object)
	if err != nil {
		c.Unknown()
		return nil
	}
	switch ns.Name {
	case metav1.NamespaceSystem, metav1.NamespacePublic, corev1.NamespaceNodeLease:
		c.Skip()
		return nil
	}
	return ns
}

// label is the path of a label.
func label(key string) model.Path { return model.Path("metadata.labels").Child(key) }

// strictness orders the levels of the Pod Security Standards; -1 is none of them.
func strictness(level string) int {
	switch level {
	case "privileged":
		return 0
	case "baseline":
		return 1
	case "restricted":
		return 2
	default:
		return -1
	}
}

// enforced is the level that the API server's own configuration enforces in
// namespaces without a label: "" when no configuration was supplied that names one.
// It is not known when that stands in a file that was not supplied.
type enforced struct {
	level string
	known bool
}

var podSecurityDefault = snapshot.Memo[struct{}, enforced]{Name: "check/cluster.podSecurityDefault", Compute: func(v *snapshot.View, _ struct{}) enforced {
	gk := snapshot.GroupKind{Group: kinds.AdmissionConfigurations.Group, Kind: kinds.AdmissionConfigurations.Kind}
	result := enforced{known: !v.Unread(model.Scope{Group: gk.Group, Kind: gk.Kind})}
	for _, object := range v.Objects(gk, "") {
		config, err := kinds.AdmissionConfigurations.Read(object)
		if err != nil {
			result.known = false
			continue
		}
		for i := range config.Plugins {
			plugin := &config.Plugins[i]
			if plugin.Name != "PodSecurity" {
				continue
			}
			var podSecurity podSecurityConfig
			if plugin.Configuration == nil || json.Unmarshal(plugin.Configuration.Raw, &podSecurity) != nil {
				result.known = false
				continue
			}
			result.level = podSecurity.Defaults.Enforce
		}
	}
	return result
}}

// podSecurityMode returns what follows the prefix of the Pod Security labels.
func podSecurityMode(key string) (string, bool) { return strings.CutPrefix(key, podSecurityPrefix) }
