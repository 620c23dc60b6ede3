package cluster

import (
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// subjectsOf reads a binding of either kind; false when its content could not be
// understood, after saying so.
func subjectsOf(c *check.Case) (subjects []rbacv1.Subject, ref rbacv1.RoleRef, ok bool) {
	if c.Object.Kind == "RoleBinding" {
		b, err := kinds.RoleBindings.Read(c.Object)
		if err != nil {
			c.Unknown()
			return nil, ref, false
		}
		return b.Subjects, b.RoleRef, true
	}
	b, err := kinds.ClusterRoleBindings.Read(c.Object)
	if err != nil {
		c.Unknown()
		return nil, ref, false
	}
	return b.Subjects, b.RoleRef, true
}

// rulesOf reads the rules of a role of either kind.
func rulesOf(c *check.Case) ([]rbacv1.PolicyRule, bool) {
	if c.Object.Kind == "Role" {
		r, err := kinds.Roles.Read(c.Object)
		if err != nil {
			c.Unknown()
			return nil, false
		}
		return r.Rules, true
	}
	r, err := kinds.ClusterRoles.Read(c.Object)
	if err != nil {
		c.Unknown()
		return nil, false
	}
	return r.Rules, true
}

// judgeSubjects calls judge for each subject of a binding that somebody wrote: what
// the API server itself binds is not judged.
func judgeSubjects(judge func(c *check.Case, s rbac.Subject, index int)) func(*check.Case) {
	return func(c *check.Case) {
		if rbac.IsStock(c.Object) {
			c.Skip()
			return
		}
		subjects, _, ok := subjectsOf(c)
		if !ok {
			return
		}
		var seen []rbac.Subject
		for i := range subjects {
			s := rbac.Subject{Kind: subjects[i].Kind, Namespace: subjects[i].Namespace, Name: subjects[i].Name}
			if s.Kind == rbacv1.ServiceAccountKind && s.Namespace == "" {
				s.Namespace = c.Object.Namespace
			}
			if !slices.Contains(seen, s) {
				seen = append(seen, s)
				judge(c, s, i)
			}
		}
	}
}
