package techniques

import (
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// A binding is refused where its author neither has all that the role allows nor may
// bind it: pkg/registry/rbac/clusterrolebinding/policybased. Who may bind it gets what
// it allows.

// grantsAll says that every right of a place is theirs.
func grantsAll(c *attack.Case, b basis, namespace string, cluster bool) {
	if cluster {
		b.yields(c, attack.Admin, attack.Everything())
		return
	}
	b.yields(c, attack.Namespace, attack.Namespaces(namespace))
	b.takesNode(c, namespace)
}

// power is what any of several rights gives to who has it.
type power struct {
	rules []rbacv1.PolicyRule
	give  func(c *attack.Case, b basis, namespace string)
}

func powers() []power {
	right := func(verb, group, resource string) rbacv1.PolicyRule {
		return rbacv1.PolicyRule{Verbs: []string{verb}, APIGroups: []string{group}, Resources: []string{resource}}
	}
	return []power{
		{[]rbacv1.PolicyRule{right("create", "", "pods"), right("create", "apps", "deployments"), right("create", "batch", "jobs")}, func(c *attack.Case, b basis, namespace string) {
			grantsAll(c, b, namespace, false)
		}},
		{[]rbacv1.PolicyRule{right("get", "", "secrets"), right("list", "", "secrets")}, func(c *attack.Case, b basis, namespace string) {
			b.yields(c, attack.Secrets, attack.In(namespace, "Secret", ""))
		}},
		{[]rbacv1.PolicyRule{right("create", "", "serviceaccounts/token")}, func(c *attack.Case, b basis, namespace string) {
			b.yields(c, attack.Subject, attack.Accounts(namespace, ""))
		}},
		{[]rbacv1.PolicyRule{right("create", "", "pods/exec")}, func(c *attack.Case, b basis, namespace string) {
			b.yields(c, attack.Sideways, attack.In(namespace, "Pod", ""))
		}},
	}
}

// in reports whether rules give the power.
func (p *power) in(rules []rbacv1.PolicyRule) bool {
	return slices.ContainsFunc(p.rules, func(right rbacv1.PolicyRule) bool {
		has, _ := rbac.Covers(rules, []rbacv1.PolicyRule{right})
		return has
	})
}

func everyRight() []rbacv1.PolicyRule {
	return []rbacv1.PolicyRule{{Verbs: []string{"*"}, APIGroups: []string{"*"}, Resources: []string{"*"}}}
}

// grantsRole says what comes of having a role in a namespace, with "" in every one,
// or with cluster in the cluster. A role that is missing gives nothing; of one that
// gives nothing of note its holders are still theirs to choose.
func grantsRole(c *attack.Case, b basis, role model.ID, namespace string, cluster bool) {
	role.Cluster = c.Settings().Cluster
	object, presence := c.Find(role)
	if presence == snapshot.Absent {
		return
	}
	rules, known := rulesOf(c.View, role)
	if presence != snapshot.Present || !known {
		grantsAll(c, b.and(basis{unread: []string{role.Kind + " " + role.Name + " allows everything; it was not completely read"}}), namespace, cluster)
		return
	}
	b = b.and(basis{evidence: []model.Evidence{object.Evidence("rules", "")}})
	if all, _ := rbac.Covers(rules, everyRight()); all {
		grantsAll(c, b, namespace, cluster)
		return
	}
	given := false
	for _, p := range powers() {
		if p.in(rules) {
			p.give(c, b, namespace)
			given = true
		}
	}
	if !given {
		b.yields(c, attack.Integrity, role)
	}
}

// rulesOf are the rules of a role, with those of the roles that it aggregates.
func rulesOf(v *snapshot.View, id model.ID) (rules []rbacv1.PolicyRule, known bool) {
	if id.Kind == "Role" {
		_, role, presence := snapshot.Get(v, kinds.Roles, id.Namespace, id.Name)
		if presence != snapshot.Present {
			return nil, false
		}
		return role.Rules, true
	}
	_, role, presence := snapshot.Get(v, kinds.ClusterRoles, "", id.Name)
	if presence != snapshot.Present {
		return nil, false
	}
	if role.AggregationRule == nil {
		return role.Rules, true
	}
	rules, known = slices.Clone(role.Rules), true
	all, _ := snapshot.List(v, kinds.ClusterRoles, "")
	for i := range role.AggregationRule.ClusterRoleSelectors {
		selector, err := metav1.LabelSelectorAsSelector(&role.AggregationRule.ClusterRoleSelectors[i])
		if err != nil {
			continue // the controller takes nothing from it
		}
		for _, other := range all {
			if selector.Matches(labels.Set(other.Labels)) {
				rules = append(rules, other.Rules...)
			}
		}
	}
	return rules, known
}

func clusterRole(name string) model.ID { return attack.Of(rbacv1.GroupName, "ClusterRole", "", name) }

// bindsClusterRoles says what comes of binding the ClusterRoles that the second
// permission, bind, counts for: all that there are allow everything, cluster-admin
// being one of them.
func bindsClusterRoles(cluster bool) func(*attack.Case) {
	return func(c *attack.Case) {
		if !c.Limited(1) {
			grantsAll(c, basis{}, c.Namespace, cluster)
			return
		}
		for _, name := range c.Names(1) {
			grantsRole(c, basis{}, clusterRole(name), c.Namespace, cluster)
		}
	}
}

// bindsRoles is bindsClusterRoles for the Roles of the namespace.
func bindsRoles(c *attack.Case) {
	all, complete := snapshot.List(c.View, kinds.Roles, c.Namespace)
	for object := range all {
		if c.On(1, object.Name) {
			grantsRole(c, basis{}, object.ID, object.Namespace, false)
		}
	}
	if !complete {
		grantsAll(c, basis{unread: []string{"a Role that they may bind allows everything; not all were read"}}, c.Namespace, false)
	}
}

// rebinds says what comes of adding oneself to the RoleBindings that the first
// permission counts for, where the second, bind, counts for their role. What a
// binding refers to cannot be changed.
func rebinds(kind string) func(*attack.Case) {
	return func(c *attack.Case) {
		all, complete := snapshot.List(c.View, kinds.RoleBindings, c.Namespace)
		for object, binding := range all {
			ref := binding.RoleRef
			if ref.Kind != kind || !c.On(0, object.Name) || !c.On(1, ref.Name) {
				continue
			}
			role := clusterRole(ref.Name)
			if kind == "Role" {
				role = attack.Of(rbacv1.GroupName, "Role", object.Namespace, ref.Name)
			}
			b := basis{evidence: []model.Evidence{object.Evidence("roleRef", ref.Kind+" "+ref.Name)}}
			grantsRole(c, b, role, object.Namespace, false)
		}
		if !complete {
			grantsAll(c, basis{unread: []string{"a RoleBinding that they may change allows everything; not all were read"}}, c.Namespace, false)
		}
	}
}

// rebindsClusterRoles is rebinds for ClusterRoleBindings.
func rebindsClusterRoles(c *attack.Case) {
	all, complete := snapshot.List(c.View, kinds.ClusterRoleBindings, "")
	for object, binding := range all {
		ref := binding.RoleRef
		if c.On(0, object.Name) && c.On(1, ref.Name) {
			b := basis{evidence: []model.Evidence{object.Evidence("roleRef", ref.Kind+" "+ref.Name)}}
			grantsRole(c, b, clusterRole(ref.Name), "", true)
		}
	}
	if !complete {
		grantsAll(c, basis{unread: []string{"a ClusterRoleBinding that they may change allows everything; not all were read"}}, "", true)
	}
}
