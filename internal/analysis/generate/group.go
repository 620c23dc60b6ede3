package generate

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// unit is a workload with everything that network policies see of its pods.
type unit struct {
	object *snapshot.Object
	ends   []*netpol.End
	labels map[string]string // that all its pods have
	host   bool              // in the network of the node: policies do not govern it
	group  *group
}

// String names the workload as reports do.
func (u *unit) String() string {
	if u.object.Name == otherPodName {
		return "any other pod of " + u.object.Namespace
	}
	return u.object.ID.String()
}

// group is the workloads of one namespace that no stable label tells apart. It is
// what a policy selects.
type group struct {
	namespace string
	units     []*unit
	labels    map[string]string // the stable ones
	selector  metav1.LabelSelector
	overlaps  []*unit // that the selector selects besides, because labels do not do better
}

func (g *group) String() string {
	names := make([]string, len(g.units))
	for i, u := range g.units {
		names[i] = u.String()
	}
	return strings.Join(names, ", ")
}

// survey is the workloads of a snapshot.
type survey struct {
	units  []*unit
	byID   map[model.ID]*unit
	groups []*group
}

func newSurvey(network *netpol.Network) *survey {
	s := &survey{byID: map[model.ID]*unit{}}
	for _, end := range network.Ends() {
		u := s.byID[end.Workload.ID]
		if u == nil {
			u = &unit{object: end.Workload, labels: maps.Clone(end.Labels), host: end.HostNetwork}
			s.byID[end.Workload.ID] = u
			s.units = append(s.units, u)
		}
		u.ends = append(u.ends, end)
		maps.DeleteFunc(u.labels, func(key, value string) bool { other, ok := end.Labels[key]; return !ok || other != value })
	}
	s.divide()
	return s
}

// divide makes the groups, and for each the selector that selects no other.
func (s *survey) divide() {
	known := map[string]*group{}
	byNamespace := map[string][]*group{}
	for _, u := range s.units {
		stable := stableLabels(u.labels)
		key := groupKey(u, stable)
		g := known[key]
		if g == nil {
			g = &group{namespace: u.object.Namespace, labels: stable}
			known[key] = g
			s.groups = append(s.groups, g)
			byNamespace[g.namespace] = append(byNamespace[g.namespace], g)
		}
		g.units = append(g.units, u)
		u.group = g
	}
	for _, groups := range byNamespace {
		for _, g := range groups {
			g.choose(groups)
		}
	}
}

// groupKey tells groups apart. A workload in the network of its node is never grouped
// with one that is not: no policy governs it, whatever its labels.
func groupKey(u *unit, stable map[string]string) string {
	key := []string{u.object.Namespace}
	if u.host {
		key = append(key, "host")
	}
	for _, label := range slices.Sorted(maps.Keys(stable)) {
		key = append(key, label+"="+stable[label])
	}
	return strings.Join(key, "\x00")
}

// stableLabels leaves out what another revision of the same workload would not have,
// and what is added to single pods.
func stableLabels(labels map[string]string) map[string]string {
	stable := map[string]string{}
	for key, value := range labels {
		if !unstable(key) {
			stable[key] = value
		}
	}
	return stable
}

func unstable(key string) bool {
	if workload.MayGainLabel(key) {
		return true
	}
	prefix, name, divided := strings.Cut(key, "/")
	if !divided {
		prefix, name = "", key
	}
	if key == componentLabel {
		return false // the only label that tells the parts of Linkerd's control plane apart
	}
	if prefix == "helm.sh" || strings.HasSuffix(prefix, "istio.io") || strings.HasSuffix(prefix, "linkerd.io") {
		return true // "chart", and what proxies' injectors write
	}
	for word := range strings.FieldsFuncSeq(strings.ToLower(name), func(r rune) bool { return r == '-' || r == '_' || r == '.' }) {
		switch word {
		case "version", "chart", "heritage", "revision", "rev", "hash", "checksum", "generation", "commit", "sha", "build", "date", "timestamp", "uid":
			return true
		}
	}
	return false
}

// choose makes the selector: the workload's own labels for its pods, then more until
// no other group is selected, then the absence of labels that others have.
func (g *group) choose(groups []*group) {
	chosen := g.ownLabels()
	others := slices.DeleteFunc(slices.Clone(groups), func(o *group) bool { return o == g || !hasAll(o.labels, chosen) })
	for _, key := range slices.Sorted(maps.Keys(g.labels)) {
		if _, has := chosen[key]; has {
			continue
		}
		left := slices.DeleteFunc(slices.Clone(others), func(o *group) bool { return o.labels[key] != g.labels[key] })
		if len(left) < len(others) {
			chosen[key], others = g.labels[key], left
		}
	}
	g.selector = metav1.LabelSelector{}
	if len(chosen) > 0 {
		g.selector.MatchLabels = chosen
	}
	for len(others) > 0 {
		key := g.labelOfOthers(others[0])
		if key == "" {
			g.overlaps = append(g.overlaps, others[0].units...)
			others = others[1:]
			continue
		}
		g.selector.MatchExpressions = append(g.selector.MatchExpressions, metav1.LabelSelectorRequirement{Key: key, Operator: metav1.LabelSelectorOpDoesNotExist})
		others = slices.DeleteFunc(others, func(o *group) bool { _, has := o.labels[key]; return has })
	}
}

// selectsAll reports whether the selector selects every pod of the namespace: the only
// workload has no label that is stable.
func (g *group) selectsAll() bool {
	return len(g.selector.MatchLabels)+len(g.selector.MatchExpressions) == 0
}

// labelOfOthers is a stable label that another group has and this one lacks.
func (g *group) labelOfOthers(other *group) string {
	for _, key := range slices.Sorted(maps.Keys(other.labels)) {
		if _, has := g.labels[key]; !has && !g.mayHave(key) {
			return key
		}
	}
	return ""
}

// mayHave reports whether some pod of the group has the label.
func (g *group) mayHave(key string) bool {
	for _, u := range g.units {
		for _, end := range u.ends {
			if _, has := end.Labels[key]; has {
				return true
			}
		}
	}
	return false
}

// ownLabels are the labels by which the workload finds its own pods, which nobody may
// change; else the usual names of applications; else all.
func (g *group) ownLabels() map[string]string {
	chosen := map[string]string{}
	for key := range selectorOf(g.units[0].object) {
		if value, ok := g.labels[key]; ok {
			chosen[key] = value
		}
	}
	if len(chosen) > 0 {
		return chosen
	}
	for _, key := range []string{"app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/component", "app", "k8s-app", "component", "name"} {
		if value, ok := g.labels[key]; ok {
			chosen[key] = value
		}
	}
	if len(chosen) > 0 {
		return chosen
	}
	return maps.Clone(g.labels)
}

func selectorOf(object *snapshot.Object) map[string]string {
	var selector *metav1.LabelSelector
	switch object.Kind {
	case "Deployment":
		if d, err := kinds.Deployments.Read(object); err == nil {
			selector = d.Spec.Selector
		}
	case "StatefulSet":
		if s, err := kinds.StatefulSets.Read(object); err == nil {
			selector = s.Spec.Selector
		}
	case "DaemonSet":
		if d, err := kinds.DaemonSets.Read(object); err == nil {
			selector = d.Spec.Selector
		}
	case "ReplicaSet":
		if r, err := kinds.ReplicaSets.Read(object); err == nil {
			selector = r.Spec.Selector
		}
	case "ReplicationController":
		if r, err := kinds.ReplicationControllers.Read(object); err == nil {
			return r.Spec.Selector
		}
	}
	if selector == nil {
		return nil
	}
	return selector.MatchLabels
}

func hasAll(labels, wanted map[string]string) bool {
	for key, value := range wanted {
		if other, ok := labels[key]; !ok || other != value {
			return false
		}
	}
	return true
}

func compareUnits(a, b *unit) int {
	switch {
	case a == b:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	return cmp.Or(strings.Compare(a.object.Namespace, b.object.Namespace), strings.Compare(a.object.Name, b.object.Name), a.object.ID.Compare(b.object.ID))
}
