package rbac

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apiserver/pkg/authentication/serviceaccount"

	"holdfast.dev/holdfast/internal/snapshot"
)

// Permission is a right to do one of several things to a resource, or with Path to
// a URL that is none. It is comparable, so that answers can be kept by it.
type Permission struct {
	Verbs       string // any of them suffices: "create", "update|patch"
	Group       string
	Resource    string
	Subresource string
	ClusterWide bool // no RoleBinding gives it: the resource has no namespace
	Path        string
}

// String renders the permission as "update or patch deployments.apps/scale".
func (p Permission) String() string {
	verbs := strings.ReplaceAll(p.Verbs, "|", " or ")
	if p.Path != "" {
		return verbs + " " + p.Path
	}
	resource := p.Resource
	if p.Group != "" {
		resource += "." + p.Group
	}
	if p.Subresource != "" {
		resource += "/" + p.Subresource
	}
	return verbs + " " + resource
}

// Holding says that a subject has permissions, all in one place.
type Holding struct {
	Subject   Subject
	Namespace string // where they count: "" is everywhere
	Grants    []Grant

	names [][]string // by permission: the only names; nil for any
}

// Names are the only objects that a permission is limited to, in the order in which
// the permissions were asked for; nil when it is not limited.
func (h *Holding) Names(permission int) []string { return h.names[permission] }

// Limited reports whether a permission counts for objects of certain names only.
func (h *Holding) Limited(permission int) bool { return h.names[permission] != nil }

// On reports whether a permission counts for an object of that name.
func (h *Holding) On(permission int, name string) bool {
	return !h.Limited(permission) || slices.Contains(h.names[permission], name)
}

// Holders lists the subjects that have all permissions in one place: in the whole
// cluster, or in a namespace. Subjects are users, groups and service accounts as
// bindings name them. What a subject has through its groups counts when it
// completes what it has itself; what it has through a group alone is the group's.
// Members of system:masters, who may do everything, are not listed. With
// complete=false there may be others.
func Holders(v *snapshot.View, permissions ...Permission) (holders []Holding, complete bool) {
	complete = allListed(v)
	if len(permissions) == 1 {
		return held.Of(v, permissions[0]).all, complete
	}
	return join(v, permissions), complete
}

// holdings are the holders of one permission.
type holdings struct {
	all []Holding // by place, then in the order of the bindings

	once    sync.Once // most permissions are needed alone
	indexed map[who][]*Holding
	groups  bool // whether a group is among the holders
}

// of are the holdings of a subject by itself, by place.
func (h *holdings) of(key who) []*Holding {
	h.once.Do(func() {
		h.indexed = map[who][]*Holding{}
		for i := range h.all {
			key, _ := h.all[i].Subject.key()
			h.indexed[key] = append(h.indexed[key], &h.all[i])
			h.groups = h.groups || key.group
		}
	})
	return h.indexed[key]
}

// mayHave reports whether a subject can have the permission, by itself or by a group.
func (h *holdings) mayHave(own who) bool { return len(h.of(own)) > 0 || h.groups }

var held = snapshot.Memo[Permission, *holdings]{Name: "rbac.held", Compute: func(v *snapshot.View, p Permission) *holdings {
	verbs := strings.Split(p.Verbs, "|")
	sets := everyBinding.Of(v, struct{}{}).sets
	if p.ClusterWide || p.Path != "" {
		sets = sets[:1]
	}
	known := map[*role][]given{} // ClusterRoles are bound in many namespaces
	matching := make([][]int, len(sets))
	count := 0
	for i, set := range sets {
		matching[i] = set.giving(known, &p, verbs)
		for _, at := range matching[i] {
			count += len(set.all[at].subjects)
		}
	}
	found := &holdings{all: make([]Holding, 0, count)}
	for i, set := range sets {
		if len(matching[i]) > 0 {
			found.add(&set, matching[i], known)
		}
	}
	return found
}}

// given is a rule of a role that gives a permission.
type given struct {
	rule  effectiveRule
	names []string // nil for any
}

func (h *holdings) add(set *placedSet, matching []int, known map[*role][]given) {
	at := make(map[who]int, len(matching))
	anything := [][]string{nil}
	for _, i := range matching {
		b := &set.all[i]
		rules := known[b.role]
		for s := range b.subjects {
			key, ok := keyOf(&b.subjects[s], b.namespace)
			if !ok {
				continue
			}
			index, ok := at[key]
			if !ok {
				index = len(h.all)
				at[key] = index
				h.all = append(h.all, Holding{Subject: subjectOf(&b.subjects[s], b.namespace).Canonical(), Namespace: set.place, names: anything})
				if rules[0].names != nil {
					h.all[index].names = [][]string{{}}
				}
			}
			for _, g := range rules {
				h.all[index].take(0, b.grant(g.rule, s), g.names)
			}
		}
	}
}

// giving finds the bindings whose role gives a permission, in order, and notes in
// known the rules of each role that do.
func (s *bindingSet) giving(known map[*role][]given, p *Permission, verbs []string) []int {
	var matching []int
	for i := range s.byRole {
		of := &s.byRole[i]
		rules, ok := known[of.role]
		if !ok {
			rules = giving(of.role, p, verbs)
			known[of.role] = rules
		}
		if len(rules) > 0 {
			matching = append(matching, of.bindings...)
		}
	}
	slices.Sort(matching)
	return matching
}

// take adds a grant of a permission. names is nil for any; so are the holding's once
// it is.
func (h *Holding) take(permission int, g Grant, names []string) {
	h.Grants = append(h.Grants, g)
	switch {
	case h.names[permission] == nil:
	case names == nil:
		h.names[permission] = nil
	default:
		for _, name := range names {
			if !slices.Contains(h.names[permission], name) {
				h.names[permission] = append(h.names[permission], name)
			}
		}
	}
}

// Given reports whether rules give a permission where they count, and names the only
// objects on which they do; nil for any.
func Given(rules []rbacv1.PolicyRule, p Permission) (names []string, given bool) {
	verbs := strings.Split(p.Verbs, "|")
	for i := range rules {
		only, ok := gives(&rules[i], &p, verbs)
		if ok && only == nil {
			return nil, true
		}
		given = given || ok
		for _, name := range only {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names, given
}

// giving finds the rules of a role that give a permission.
func giving(r *role, p *Permission, verbs []string) []given {
	var found []given
	for _, rule := range r.rules() {
		if names, ok := gives(rule.rule, p, verbs); ok {
			found = append(found, given{rule: rule, names: names})
		}
	}
	return found
}

// gives reports whether a rule gives a permission on some object, and on which if
// it is limited to names. With create and patch of a name, the object of that name
// can be created by an apply.
func gives(rule *rbacv1.PolicyRule, p *Permission, verbs []string) (names []string, ok bool) {
	r := Request{Group: p.Group, Resource: p.Resource, Subresource: p.Subresource, Path: p.Path}
	limited := len(rule.ResourceNames) > 0 && p.Path == ""
	for _, verb := range verbs {
		r.Verb, r.Name = verb, ""
		if !limited || p.nameless(verb) {
			if allows(rule, &r) {
				return nil, true
			}
			if !limited || verb != "create" || !slices.Contains(rule.Verbs, "patch") && !slices.Contains(rule.Verbs, rbacv1.VerbAll) {
				continue
			}
		}
		r.Name = rule.ResourceNames[0]
		if allows(rule, &r) {
			names, ok = rule.ResourceNames, true
		}
	}
	return names, ok
}

// nameless reports whether requests of a verb carry no name, so that no rule with
// names allows them: k8s.io/apiserver/pkg/endpoints/request/requestinfo.go. An apply
// that creates its object is a patch, for which create is asked with the name
// (k8s.io/apiserver/pkg/endpoints/handlers/patch.go).
func (p *Permission) nameless(verb string) bool {
	return verb == "create" && p.Subresource == "" || verb == "deletecollection"
}

// Canonical is the subject as the service account that it is, where a binding names
// one as the user that it authenticates as.
func (s Subject) Canonical() Subject {
	if s.Kind != rbacv1.UserKind {
		return s
	}
	namespace, name, err := serviceaccount.SplitUsername(s.Name)
	if err != nil {
		return s
	}
	return Subject{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: name}
}

// Memberships are the subject itself and the groups that it is known to be in.
func (s Subject) Memberships() []Subject {
	s = s.Canonical()
	all := []Subject{s}
	for _, group := range s.Identities().Groups {
		if member := (Subject{Kind: rbacv1.GroupKind, Name: group}); member != s {
			all = append(all, member)
		}
	}
	return all
}

// key is the subject's entry in the index; false for a subject that is nobody.
func (s Subject) key() (who, bool) {
	return keyOf(&rbacv1.Subject{Kind: s.Kind, Namespace: s.Namespace, Name: s.Name}, "")
}

func (w who) compare(other who) int {
	if w.group != other.group {
		if w.group {
			return 1
		}
		return -1
	}
	return cmp.Compare(w.name, other.name)
}
