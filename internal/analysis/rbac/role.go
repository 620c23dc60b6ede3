package rbac

import (
	"slices"
	"strings"
	"sync"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// role is a Role or ClusterRole with all that it allows.
type role struct {
	object    *snapshot.Object
	labels    labels.Set
	selectors []metav1.LabelSelector // of an aggregated ClusterRole
	selected  []*role                // what they select
	written   []rbacv1.PolicyRule

	once      sync.Once // most roles are bound to nobody
	effective []effectiveRule
}

// effectiveRule is a rule and where it stands: in the role itself or, of an
// aggregated one, in a role that it selects.
type effectiveRule struct {
	rule  *rbacv1.PolicyRule
	role  *role
	index int
}

// roleSet holds the Roles of a namespace, or the ClusterRoles.
type roleSet struct {
	byName   map[string]*role
	complete bool
}

// roles reads the Roles of a namespace, with "" the ClusterRoles.
var roles = snapshot.Memo[string, *roleSet]{Name: "rbac.roles", Compute: func(v *snapshot.View, namespace string) *roleSet {
	if namespace == "" {
		return clusterRoles(v)
	}
	all, complete := list(v, kinds.Roles, namespace)
	set := &roleSet{byName: map[string]*role{}, complete: complete}
	for object, value := range all {
		set.add(&role{object: object, written: value.Rules})
	}
	return set
}}

func clusterRoles(v *snapshot.View) *roleSet {
	all, complete := snapshot.List(v, kinds.ClusterRoles, "")
	set := &roleSet{byName: map[string]*role{}, complete: complete}
	var ordered []*role
	for object, value := range all {
		r := &role{object: object, labels: value.Labels, written: value.Rules}
		if value.AggregationRule != nil {
			r.selectors = value.AggregationRule.ClusterRoleSelectors
		}
		ordered = append(ordered, r)
		set.add(r)
	}
	selectRoles(ordered)
	return set
}

func (s *roleSet) add(r *role) {
	if s.byName[r.object.Name] == nil {
		s.byName[r.object.Name] = r
	}
	if r.object.Partial {
		s.complete = false
	}
}

// rules are all that the role allows.
func (r *role) rules() []effectiveRule {
	r.once.Do(func() {
		if len(r.selected) > 0 {
			r.effective = aggregate(r)
			return
		}
		r.effective = make([]effectiveRule, len(r.written))
		for i := range r.written {
			r.effective[i] = effectiveRule{rule: &r.written[i], role: r, index: i}
		}
	})
	return r.effective
}

// selectRoles finds what each aggregated role selects, in the order of
// syncClusterRole of pkg/controller/clusterroleaggregation: by selector, then by
// name. A selector that cannot be parsed stops the controller, which then leaves
// the role as it is.
func selectRoles(ordered []*role) {
	found := map[string][]*role{} // many roles have one selector
	for _, r := range ordered {
		var all []*role
		valid := true
		for i := range r.selectors {
			selector, err := metav1.LabelSelectorAsSelector(&r.selectors[i])
			if err != nil {
				valid = false
				break
			}
			matching, ok := found[selector.String()]
			if !ok {
				matching = slices.DeleteFunc(slices.Clone(ordered), func(o *role) bool { return !selector.Matches(o.labels) })
				found[selector.String()] = matching
			}
			all = append(all, matching...)
		}
		if valid {
			r.selected = all
		}
	}
}

// aggregate makes the rules that the controller will give an aggregated role, once
// it has nothing left to do: those of all roles that are selected, and of what these
// select in turn; each role counts once, so cycles end.
//
// Rules that stand in an aggregated role itself count as well, unless one of the
// selected roles has the same. In a running cluster they are what the authorizer
// goes by at that moment; in a file they hold from when they are applied until the
// controller replaces them, and a dump of a cluster has them without the roles that
// they came from. So the answer errs towards what is allowed.
func aggregate(top *role) []effectiveRule {
	reached := map[*role]bool{top: true}
	order := []*role{top}
	for i := 0; i < len(order); i++ {
		for _, next := range order[i].selected {
			if !reached[next] {
				reached[next] = true
				order = append(order, next)
			}
		}
	}
	var rules []effectiveRule
	known := map[string]bool{}
	take := func(r *role, always bool) {
		for i := range r.written {
			key := ruleKey(&r.written[i])
			if always || !known[key] {
				rules = append(rules, effectiveRule{rule: &r.written[i], role: r, index: i})
			}
			known[key] = true
		}
	}
	for _, r := range order {
		if len(r.selectors) == 0 {
			take(r, true)
		}
	}
	for _, r := range order {
		if len(r.selectors) > 0 {
			take(r, false)
		}
	}
	return rules
}

// ruleKey is the same for equal rules only.
func ruleKey(rule *rbacv1.PolicyRule) string {
	var b strings.Builder
	for _, list := range [][]string{rule.Verbs, rule.APIGroups, rule.Resources, rule.ResourceNames, rule.NonResourceURLs} {
		for _, item := range list {
			b.WriteString(item)
			b.WriteByte(0)
		}
		b.WriteByte(1)
	}
	return b.String()
}

// scopesOf are the lists that decide about a namespace, or with "" about the
// cluster.
func scopesOf(v *snapshot.View, namespace string) []model.Scope {
	kinds := []string{"ClusterRole", "ClusterRoleBinding"}
	if namespace != "" {
		kinds = []string{"Role", "RoleBinding"}
	}
	scopes := make([]model.Scope, len(kinds))
	for i, kind := range kinds {
		scopes[i] = model.Scope{Cluster: v.Settings().Cluster, Group: rbacv1.GroupName, Kind: kind, Namespace: namespace}
	}
	return scopes
}
