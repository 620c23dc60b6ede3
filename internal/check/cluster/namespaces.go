package cluster

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/analysis/podsecurity"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

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

// podSecurityMode returns what follows the prefix of the Pod Security labels.
func podSecurityMode(key string) (string, bool) {
	return strings.CutPrefix(key, podsecurity.LabelPrefix)
}
