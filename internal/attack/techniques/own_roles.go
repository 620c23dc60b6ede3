package techniques

import (
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

const rbacGroup = rbacv1.GroupName

// roleToFill is a condition of those who bind a role before they write into it.
const roleToFill = "the namespace has a Role, or they may create one"

// escalatesRoles says what comes of writing any rule into the roles of a kind that
// the first two permissions, to change and to escalate, both count for: everything
// where one is bound to the subject; in any case others have what they say. The API
// server asks for escalate by the role's name: RoleEscalationAuthorized of
// pkg/registry/rbac/escalation_check.go.
func escalatesRoles(kind string) func(*attack.Case) {
	both := func(c *attack.Case, name string) bool { return c.On(0, name) && c.On(1, name) }
	return func(c *attack.Case) {
		fillsOwn(c, func(g *rbac.Grant) bool {
			return g.Role.Kind == kind && (both(c, g.Role.Name) || both(c, g.Source.Name))
		})
		names := targets(c, 0)
		if !c.Limited(0) {
			names = targets(c, 1)
		}
		for _, name := range names {
			if name == "" || c.On(1, name) {
				c.Yields(attack.Integrity, attack.Of(rbacGroup, kind, c.Namespace, name))
			}
		}
	}
}

// aggregates says what comes of creating a ClusterRole with any rules, and with the
// labels that others collect rules by. A request to create one has no name, so that
// escalate for certain names does not count.
func aggregates(c *attack.Case) {
	if c.Limited(1) {
		return
	}
	c.Yields(attack.Integrity, attack.Of(rbacGroup, "ClusterRole", "", ""))
	fillsOwn(c, func(g *rbac.Grant) bool {
		role, err := kinds.ClusterRoles.Read(g.Role)
		return g.Role.Kind == "ClusterRole" && err == nil && role.AggregationRule != nil && len(role.AggregationRule.ClusterRoleSelectors) > 0
	})
}

// fillsOwn says that the subject has every right where one of its roles that any
// rule can be written into is bound to it: in the namespace where the permissions
// count, or anywhere.
func fillsOwn(c *attack.Case, writable func(*rbac.Grant) bool) {
	var grants []rbac.Grant
	if c.Everywhere() {
		grants = rolesOfSubject.Of(c.View, c.Subject)
	} else {
		grants = rbac.RulesIn(c.View, c.Subject, c.Namespace)
	}
	filled := map[string]bool{}
	for i := range grants {
		g := &grants[i]
		place := g.Namespace()
		if g.Role == nil || filled[""] || filled[place] || !writable(g) {
			continue
		}
		filled[place] = true
		grantsAll(c, basis{evidence: g.Evidence()}, place, place == "")
	}
}

// rolesOfSubject are the roles that a subject has, those of the cluster first, each
// by its first rule: several techniques ask for them.
var rolesOfSubject = snapshot.Memo[rbac.Subject, []rbac.Grant]{Name: "techniques.rolesOfSubject", Compute: func(v *snapshot.View, s rbac.Subject) []rbac.Grant {
	grants, _ := rbac.Rules(v, s)
	return slices.Clone(slices.CompactFunc(grants, func(a, b rbac.Grant) bool { return a.Binding == b.Binding && a.Source == b.Source }))
}}
