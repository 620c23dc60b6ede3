package netpol

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/model"
)

// Labels that Cilium gives pods: pkg/k8s/apis/cilium.io/const.go and pkg/k8s/const.go.
const (
	ciliumNamespace       = "io.kubernetes.pod.namespace"
	ciliumNamespaceLabels = "io.cilium.k8s.namespace.labels."
	ciliumAccount         = "io.cilium.k8s.policy.serviceaccount"
	ciliumCluster         = "io.cilium.k8s.policy.cluster"
)

// labels reads a label selector. Keys are prefixed with the source of the label: k8s:,
// reserved:, or any:, which is meant without a prefix.
func (r *ciliumReading) labels(path model.Path, s *metav1.LabelSelector) *condition {
	read := r.selector(path, withoutPrefixes(s))
	if read == nil || r.problem != "" {
		return nil
	}
	var parts []*condition
	for key, value := range s.MatchLabels {
		parts = append(parts, r.label(path.Child("matchLabels").Child(key), key, metav1.LabelSelectorOpIn, []string{value}))
	}
	slices.SortFunc(parts, func(a, b *condition) int { return strings.Compare(a.String(), b.String()) })
	for i := range s.MatchExpressions {
		e := &s.MatchExpressions[i]
		parts = append(parts, r.label(path.Child("matchExpressions").Index(i), e.Key, e.Operator, e.Values))
	}
	return both(parts...)
}

// withoutPrefixes is a selector that the checks of Kubernetes understand, as those of
// Cilium do it: pkg/policy/api/selector.go.
func withoutPrefixes(s *metav1.LabelSelector) *metav1.LabelSelector {
	bare := &metav1.LabelSelector{MatchLabels: map[string]string{}, MatchExpressions: slices.Clone(s.MatchExpressions)}
	for key, value := range s.MatchLabels {
		_, bareKey := ciliumSource(key)
		bare.MatchLabels[bareKey] = value
	}
	for i := range bare.MatchExpressions {
		_, bare.MatchExpressions[i].Key = ciliumSource(bare.MatchExpressions[i].Key)
	}
	// The part behind the prefix of a namespace label may have a prefix of its own.
	trim := func(key string) string { return strings.TrimPrefix(key, ciliumNamespaceLabels) }
	for key, value := range bare.MatchLabels {
		delete(bare.MatchLabels, key)
		bare.MatchLabels[trim(key)] = value
	}
	for i := range bare.MatchExpressions {
		bare.MatchExpressions[i].Key = trim(bare.MatchExpressions[i].Key)
	}
	return bare
}

func ciliumSource(key string) (source, bare string) {
	source, bare, found := strings.Cut(key, ":")
	if !found {
		return "any", key
	}
	return source, bare
}

// label reads one requirement.
func (r *ciliumReading) label(path model.Path, key string, operator metav1.LabelSelectorOperator, values []string) *condition {
	source, bare := ciliumSource(key)
	c := &condition{op: has, what: podLabel, key: bare, test: exists}
	if operator == metav1.LabelSelectorOpIn || operator == metav1.LabelSelectorOpNotIn {
		c.test, c.values = oneOf, values
	}
	namespaceKey, ofNamespace := strings.CutPrefix(bare, ciliumNamespaceLabels)
	switch {
	case source == "reserved":
		c = &condition{op: nothing} // which pods do not have
	case source != "k8s" && source != "any":
		c = r.unknowable(path, "labels of the source "+source+" are not understood")
	case bare == ciliumNamespace:
		c.what, c.key = namespaceName, ""
	case ofNamespace:
		c.what, c.key = namespaceLabel, namespaceKey
	case bare == ciliumAccount:
		c.what, c.key = account, ""
	case bare == ciliumCluster && c.test == exists:
		c = &condition{op: every}
	case bare == ciliumCluster:
		c = r.unknowable(path, "the name of the cluster is not known")
	case !ciliumSees(bare):
		c = r.unknowable(path, "whether Cilium looks at the label depends on its configuration")
	}
	if operator == metav1.LabelSelectorOpNotIn || operator == metav1.LabelSelectorOpDoesNotExist {
		return c.negated()
	}
	return c
}

func (r *ciliumReading) unknowable(path model.Path, reason string) *condition {
	r.doubt(path, reason)
	return &condition{op: unknowable, key: string(path)}
}

// ciliumSees reports whether a label of pods is one that identities are made of unless
// configured otherwise:
// https://docs.cilium.io/en/stable/operations/performance/scalability/identity-relevant-labels/.
// Of its own it takes none from pods: RemoveCiliumLabels of pkg/k8s/utils.
func ciliumSees(key string) bool {
	if strings.HasPrefix(key, "app.kubernetes.io") {
		return true
	}
	out := []string{
		"io.cilium.k8s", "io.kubernetes", "kubernetes.io", "k8s.io", "pod-template-generation", "pod-template-hash", "controller-revision-hash",
		"annotation", "etcd_node", "statefulset.kubernetes.io/", "apps.kubernetes.io/", "batch.kubernetes.io/", "job-name",
		"controller-uid", "topology.kubernetes.io/",
	}
	return !strings.Contains(key, "beta.kubernetes.io") &&
		!slices.ContainsFunc(out, func(prefix string) bool { return strings.HasPrefix(key, prefix) })
}

// keys lists the keys that a selector mentions.
func keysOf(s *metav1.LabelSelector) []string {
	var keys []string
	for key := range s.MatchLabels {
		keys = append(keys, key)
	}
	for i := range s.MatchExpressions {
		keys = append(keys, s.MatchExpressions[i].Key)
	}
	return keys
}

func ciliumReserved(s *metav1.LabelSelector) bool {
	return slices.ContainsFunc(keysOf(s), func(key string) bool { return strings.HasPrefix(key, "reserved:") })
}

// ciliumSelectsNodes reports whether a selector may be about nodes.
func ciliumSelectsNodes(s *metav1.LabelSelector) bool {
	return slices.ContainsFunc(keysOf(s), func(key string) bool {
		return slices.Contains([]string{"reserved:host", "reserved:remote-node", "reserved:kube-apiserver"}, key)
	})
}

// endpoints reads a selector of peers. In a namespaced policy it means pods of the
// policy's namespace unless it speaks of namespaces: getEndpointSelector of
// pkg/k8s/apis/cilium.io/utils/utils.go.
func (r *ciliumReading) endpoints(path model.Path, s *metav1.LabelSelector) []peer {
	speaks := slices.ContainsFunc(keysOf(s), func(key string) bool {
		source, bare := ciliumSource(key)
		return (source == "k8s" || source == "any") && (bare == ciliumNamespace || strings.HasPrefix(bare, ciliumNamespaceLabels))
	})
	set := &podSet{where: r.labels(path, s), hosts: neverHosts}
	if !speaks {
		set.namespace = r.namespace
	}
	peers := []peer{{path: path, pods: set}}
	if r.meansOthers(s) {
		r.doubt(path, "unless policy-default-local-cluster is set, as it is since Cilium 1.19, it means all that is no pod as well")
		peers = append(peers, peer{path: path, plugin: &ciliumOthers{}})
	}
	return peers
}

// meansOthers reports whether a selector can mean peers without labels of Kubernetes,
// which are outside or nodes: one that says only what labels must not be, and to which
// Cilium adds no namespace.
func (r *ciliumReading) meansOthers(s *metav1.LabelSelector) bool {
	ofNamespaces := false
	for i := range s.MatchExpressions {
		e := &s.MatchExpressions[i]
		if e.Operator != metav1.LabelSelectorOpNotIn && e.Operator != metav1.LabelSelectorOpDoesNotExist {
			return false
		}
		_, bare := ciliumSource(e.Key)
		ofNamespaces = ofNamespaces || bare == ciliumNamespace || r.namespace != "" && strings.HasPrefix(bare, ciliumNamespaceLabels)
	}
	return len(s.MatchLabels) == 0 && ofNamespaces
}
