package techniques

import (
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apiserver/pkg/authentication/user"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// A role is weighed by what its holder can make of it at once. The techniques say
// the same of subjects; they cannot be asked here, since binding roles is one of them.

// right is one by which roles are weighed.
type right int

// The rights. Those with ClusterWide count in bindings of the cluster only.
const (
	runPods right = iota
	readSecrets
	createTokens
	impersonateAccounts
	enterPods
	enterPodsByPatch
	impersonateUsers
	impersonateGroups
	proxyNodes
	createRoleBindings
	createClusterRoleBindings
	bindClusterRoles
	changeRoles
	escalateRoles
	changeClusterRoles
	escalateClusterRoles
	countRights
)

// permissions are those of which any is the right.
func (r right) permissions() []rbac.Permission {
	const escalation = rbacv1.GroupName
	switch r {
	case runPods:
		written := func(group, resource string) rbac.Permission {
			return rbac.Permission{Verbs: "create|update|patch", Group: group, Resource: resource}
		}
		return []rbac.Permission{
			{Verbs: "create", Resource: "pods"}, {Verbs: "create", Group: "batch", Resource: "jobs"},
			written("", "replicationcontrollers"), written("batch", "cronjobs"), written("apps", "deployments"),
			written("apps", "replicasets"), written("apps", "statefulsets"), written("apps", "daemonsets"),
		}
	case readSecrets:
		return []rbac.Permission{{Verbs: "get|list|watch", Resource: "secrets"}}
	case createTokens:
		return []rbac.Permission{{Verbs: "create", Resource: "serviceaccounts", Subresource: "token"}}
	case impersonateAccounts:
		return []rbac.Permission{{Verbs: "impersonate", Resource: "serviceaccounts"}}
	case enterPods:
		return []rbac.Permission{{Verbs: "create", Resource: "pods", Subresource: "exec"}, {Verbs: "create", Resource: "pods", Subresource: "attach"}}
	case enterPodsByPatch:
		return []rbac.Permission{{Verbs: "update|patch", Resource: "pods", Subresource: "ephemeralcontainers"}}
	case impersonateUsers:
		return []rbac.Permission{{Verbs: "impersonate", Resource: "users", ClusterWide: true}}
	case impersonateGroups:
		return []rbac.Permission{{Verbs: "impersonate", Resource: "groups", ClusterWide: true}}
	case proxyNodes:
		return []rbac.Permission{{Verbs: "get|create", Resource: "nodes", Subresource: "proxy", ClusterWide: true}}
	case createRoleBindings:
		return []rbac.Permission{{Verbs: "create", Group: escalation, Resource: "rolebindings"}}
	case createClusterRoleBindings:
		return []rbac.Permission{{Verbs: "create", Group: escalation, Resource: "clusterrolebindings", ClusterWide: true}}
	case bindClusterRoles:
		return []rbac.Permission{{Verbs: "bind", Group: escalation, Resource: "clusterroles"}}
	case changeRoles:
		return []rbac.Permission{{Verbs: "update|patch", Group: escalation, Resource: "roles"}}
	case escalateRoles:
		return []rbac.Permission{{Verbs: "escalate", Group: escalation, Resource: "roles"}}
	case changeClusterRoles:
		return []rbac.Permission{{Verbs: "update|patch", Group: escalation, Resource: "clusterroles", ClusterWide: true}}
	case escalateClusterRoles:
		return []rbac.Permission{{Verbs: "escalate", Group: escalation, Resource: "clusterroles", ClusterWide: true}}
	default:
		return nil
	}
}

// worth is what a role allows of what it is weighed by.
type worth struct {
	known      bool
	everything bool
	rights     [countRights]held
	evidence   []model.Evidence
}

// held is a right on certain objects only, or with names nil on any.
type held struct {
	given bool
	names []string
}

// on lists the objects that any of several rights counts for: "" is any.
func (w *worth) on(rights []right) []string {
	var names []string
	for _, r := range rights {
		if w.rights[r].unlimited() {
			return []string{""}
		}
		names = append(names, w.rights[r].names...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// counts reports whether the right counts for an object.
func (h held) counts(name string) bool {
	return h.given && (h.names == nil || slices.Contains(h.names, name))
}

func (h held) unlimited() bool { return h.given && h.names == nil }

// worths weighs each role once, however many may bind it.
var worths = snapshot.Memo[model.ID, *worth]{Name: "techniques.worths", Compute: func(v *snapshot.View, id model.ID) *worth {
	w := &worth{}
	object, presence := v.Find(id)
	if presence != snapshot.Present {
		return w
	}
	rules, known := rulesOf(v, id)
	if !known {
		return w
	}
	w.known, w.evidence = true, []model.Evidence{object.Evidence("rules", "")}
	names, all := rbac.Given(rules, rbac.Permission{Verbs: rbacv1.VerbAll, Group: rbacv1.APIGroupAll, Resource: rbacv1.ResourceAll})
	w.everything = all && names == nil
	for r := range countRights {
		w.rights[r] = anyOf(rules, r.permissions())
	}
	return w
}}

func anyOf(rules []rbacv1.PolicyRule, permissions []rbac.Permission) held {
	var found held
	for _, p := range permissions {
		names, given := rbac.Given(rules, p)
		if given && names == nil {
			return held{given: true}
		}
		found.given = found.given || given
		found.names = append(found.names, names...)
	}
	slices.Sort(found.names)
	found.names = slices.Compact(found.names)
	return found
}

// bound is a role that a subject can bind to itself in a namespace, with "" in every
// one, or with cluster in the cluster.
type bound struct {
	basis
	role      model.ID
	worth     *worth
	namespace string
	cluster   bool
}

// yields says what the role gives; false where nothing of note.
func (o *bound) yields(c *attack.Case) bool {
	if o.grantsAll(c) {
		return true
	}
	given := o.worth.rights[runPods].given
	if given {
		grantsAll(c, o.basis, o.namespace, false)
	}
	each := func(yield attack.Yield, target func(namespace, name string) model.ID, rights ...right) {
		for _, name := range o.worth.on(rights) {
			o.basis.yields(c, yield, target(o.namespace, name))
			given = true
		}
	}
	each(attack.Secrets, func(namespace, name string) model.ID { return attack.In(namespace, "Secret", name) }, readSecrets)
	each(attack.Subject, attack.Accounts, createTokens, impersonateAccounts)
	each(attack.Sideways, func(namespace, name string) model.ID { return attack.In(namespace, "Pod", name) }, enterPods, enterPodsByPatch)
	if !o.cluster {
		return given
	}
	each(attack.Subject, func(_, name string) model.ID { return attack.Users(name) }, impersonateUsers)
	if o.worth.rights[impersonateUsers].given {
		each(attack.Subject, func(_, name string) model.ID { return attack.Groups(name) }, impersonateGroups)
	}
	o.intoPodsOf(c, o.worth.on([]right{proxyNodes}))
	return given || o.worth.rights[proxyNodes].given
}

// grantsAll yields every right of the place where the role leads to that: by binding
// more, by writing more into the role itself, or as a member of system:masters.
func (o *bound) grantsAll(c *attack.Case) bool {
	rights := &o.worth.rights
	if o.cluster {
		itself := o.role.Kind == "ClusterRole" && rights[changeClusterRoles].counts(o.role.Name) && rights[escalateClusterRoles].counts(o.role.Name)
		binds := rights[bindClusterRoles].unlimited() && o.has(c, createClusterRoleBindings)
		masters := rights[impersonateUsers].given && rights[impersonateGroups].counts(user.SystemPrivilegedGroup)
		if itself || binds || masters {
			grantsAll(c, o.basis, "", true)
			return true
		}
	}
	itself := o.role.Kind == "Role" && rights[changeRoles].counts(o.role.Name) && rights[escalateRoles].counts(o.role.Name)
	if itself || rights[bindClusterRoles].unlimited() && o.has(c, createRoleBindings) {
		grantsAll(c, o.basis, o.namespace, false)
		return true
	}
	if rights[changeRoles].unlimited() && rights[escalateRoles].unlimited() && o.has(c, createRoleBindings) {
		grantsAll(c, o.and(basis{conditions: []string{roleToFill}}), o.namespace, false)
		return true
	}
	return false
}

// has reports whether the subject has a right, by the role or already.
func (o *bound) has(c *attack.Case, r right) bool {
	return o.worth.rights[r].given || slices.ContainsFunc(c.Grants, func(g rbac.Grant) bool {
		return g.Rule != nil && anyOf([]rbacv1.PolicyRule{*g.Rule}, r.permissions()).given
	})
}
