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

// grantsRole says what comes of having a role in a namespace, with "" in every one,
// or with cluster in the cluster. A role that is missing gives nothing; of one that
// gives nothing of note, notable is false, its holders are still theirs to choose.
func grantsRole(c *attack.Case, b basis, role model.ID, namespace string, cluster bool) (notable bool) {
	role.Cluster = c.Settings().Cluster
	_, presence := c.Find(role)
	if presence == snapshot.Absent {
		return false
	}
	worth := worths.Of(c.View, role)
	if presence != snapshot.Present || !worth.known {
		grantsAll(c, b.and(basis{unread: []string{role.Kind + " " + role.Name + " allows everything; it was not completely read"}}), namespace, cluster)
		return true
	}
	b = b.and(basis{evidence: worth.evidence})
	if worth.everything {
		grantsAll(c, b, namespace, cluster)
		return true
	}
	into := bound{basis: b, role: role, worth: worth, namespace: namespace, cluster: cluster}
	if into.yields(c) {
		return true
	}
	b.yields(c, attack.Integrity, role)
	return false
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

// bindsRoles is bindsClusterRoles for the Roles of the namespace. Who may bind every
// ClusterRole there has all that they could give.
func bindsRoles(c *attack.Case) {
	if bindsEvery(c) {
		return
	}
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

// bindsEvery reports whether what the case rests on also lets the subject write new
// bindings there, to every ClusterRole. What other bindings of the place give is then
// nothing more: the techniques that bind ClusterRoles say so.
func bindsEvery(c *attack.Case) bool {
	holds := func(r right) bool {
		return slices.ContainsFunc(c.Grants, func(g rbac.Grant) bool {
			return anyOf([]rbacv1.PolicyRule{*g.Rule}, r.permissions()).unlimited()
		})
	}
	return holds(bindClusterRoles) && holds(createRoleBindings)
}
