package least

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// DefaultMaxNames is up to how many names of objects a rule has, if the user does
// not say.
const DefaultMaxNames = 20

// Plan is the roles that a subject needs and their bindings. Roles whose rules are
// the same in several namespaces are one ClusterRole.
type Plan struct {
	Subject             rbac.Subject
	ClusterRoles        []rbacv1.ClusterRole
	ClusterRoleBindings []rbacv1.ClusterRoleBinding
	Roles               []rbacv1.Role
	RoleBindings        []rbacv1.RoleBinding
	Widened             []Widening

	scopes map[string]rights // "" is the cluster
}

// Widening is where a rule allows more than was used: every object of a kind.
type Widening struct {
	Namespace string `json:"namespace,omitempty"`
	Verb      string `json:"verb"`
	Group     string `json:"group"`
	Resource  string `json:"resource"`
	Names     int    `json:"names"` // that were used
	Reason    string `json:"reason"`
}

// Empty reports whether the subject needs nothing.
func (p *Plan) Empty() bool { return len(p.scopes) == 0 }

// Rules counts the rules of all roles.
func (p *Plan) Rules() int {
	count := 0
	for i := range p.ClusterRoles {
		count += len(p.ClusterRoles[i].Rules)
	}
	for i := range p.Roles {
		count += len(p.Roles[i].Rules)
	}
	return count
}

// sighting is what was seen of a cell in one scope.
type sighting struct {
	names names // "" for a use that named none
	more  bool  // there were more
}

type sightings map[string]map[cell]*sighting // by scope

// scopeOf is where a right belongs. One Namespace object is asked for in the
// namespace of its name (see rbac.Request), but a right to it by name is one of the
// cluster: so the role does not depend on a namespace that may not exist.
func scopeOf(r *rbac.Request, name string) string {
	if r.Path != "" || r.Group == "" && r.Resource == "namespaces" && name == r.Namespace {
		return ""
	}
	return r.Namespace
}

// see notes the uses of an entry.
func (s sightings) see(e *Entry) {
	c := cellOf(&e.Request)
	for name := range e.Names {
		s.at(scopeOf(&e.Request, name), c).names[name] = true
	}
	if e.More {
		s.at(scopeOf(&e.Request, ""), c).more = true
	}
}

func (s sightings) at(scope string, c cell) *sighting {
	if s[scope] == nil {
		s[scope] = map[cell]*sighting{}
	}
	if s[scope][c] == nil {
		s[scope][c] = &sighting{names: names{}}
	}
	return s[scope][c]
}

// plan makes the roles. held tells whether the subject's present rights allow a
// cell for every object: where they do not, names are kept whatever they look like.
func (s sightings) plan(subject rbac.Subject, maxNames int, held func(scope string, c cell) rbac.Verdict) *Plan {
	p := &Plan{Subject: subject, scopes: map[string]rights{}}
	for _, scope := range slices.Sorted(maps.Keys(s)) {
		own := rights{}
		for _, c := range slices.SortedFunc(maps.Keys(s[scope]), cell.compare) {
			seen := s[scope][c]
			reason := seen.widen(c, maxNames)
			if reason != "" && (seen.more || held(scope, c) != rbac.Denies) {
				p.Widened = append(p.Widened, Widening{
					Namespace: scope, Verb: c.verb, Group: c.group, Resource: c.resource, Names: len(seen.names), Reason: reason,
				})
				own.allowAll(c)
				continue
			}
			own.take(c, seen.names)
		}
		if scope != "" {
			own.minus(p.scopes[""])
		}
		if len(own) > 0 {
			p.scopes[scope] = own
		}
	}
	p.write()
	return p
}

// take allows what was seen: a use without a name needs all objects.
func (r rights) take(c cell, seen names) {
	if seen[""] {
		r.allowAll(c)
		return
	}
	for name := range seen {
		r.allow(c, name)
	}
}

// widen says why a cell should not be kept to the names that were seen, or "".
func (s *sighting) widen(c cell, maxNames int) string {
	switch {
	case c.url != "" || s.names[""]:
		return ""
	case c.verb == "create" && !strings.Contains(c.resource, "/"):
		return "what is created has no name yet when it is authorized"
	case s.more:
		return fmt.Sprintf("more than %d names", MaxNames)
	case len(s.names) > maxNames:
		return fmt.Sprintf("names used: %d, more than %d", len(s.names), maxNames)
	}
	resource, _, _ := strings.Cut(c.resource, "/")
	for _, name := range s.names.sorted() {
		if generated(c.group, resource, name) {
			return fmt.Sprintf("the name %s looks generated", name)
		}
	}
	return ""
}

// write makes the objects of the rights.
func (p *Plan) write() {
	name := roleName(p.Subject)
	subjects := []rbacv1.Subject{p.subject()}
	if own := p.scopes[""]; own != nil {
		p.addClusterRole(name, own.rules())
		p.ClusterRoleBindings = append(p.ClusterRoleBindings, rbacv1.ClusterRoleBinding{
			TypeMeta: typeMeta("ClusterRoleBinding"), ObjectMeta: metav1.ObjectMeta{Name: name}, Subjects: subjects, RoleRef: roleRef("ClusterRole", name),
		})
	}
	for _, alike := range p.alike() {
		ref := roleRef("Role", name)
		if len(alike.namespaces) > 1 {
			ref = roleRef("ClusterRole", name+":"+alike.namespaces[0])
			p.addClusterRole(ref.Name, alike.rules)
		}
		for _, namespace := range alike.namespaces {
			if ref.Kind == "Role" {
				p.Roles = append(p.Roles, rbacv1.Role{TypeMeta: typeMeta("Role"), ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Rules: alike.rules})
			}
			p.RoleBindings = append(p.RoleBindings, rbacv1.RoleBinding{
				TypeMeta: typeMeta("RoleBinding"), ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Subjects: subjects, RoleRef: ref,
			})
		}
	}
}

func (p *Plan) addClusterRole(name string, rules []rbacv1.PolicyRule) {
	p.ClusterRoles = append(p.ClusterRoles, rbacv1.ClusterRole{TypeMeta: typeMeta("ClusterRole"), ObjectMeta: metav1.ObjectMeta{Name: name}, Rules: rules})
}

// shared are rules and the namespaces that need exactly these.
type shared struct {
	rules      []rbacv1.PolicyRule
	namespaces []string
}

func (p *Plan) alike() []*shared {
	var all []*shared
	byRules := map[string]*shared{}
	for _, namespace := range slices.Sorted(maps.Keys(p.scopes)) {
		if namespace == "" {
			continue
		}
		rules := p.scopes[namespace].rules()
		key := fmt.Sprintf("%q", rules)
		if byRules[key] == nil {
			byRules[key] = &shared{rules: rules}
			all = append(all, byRules[key])
		}
		byRules[key].namespaces = append(byRules[key].namespaces, namespace)
	}
	return all
}

func (p *Plan) subject() rbacv1.Subject {
	s := rbacv1.Subject{Kind: p.Subject.Kind, Namespace: p.Subject.Namespace, Name: p.Subject.Name}
	if s.Kind != rbacv1.ServiceAccountKind {
		s.APIGroup = rbacv1.GroupName
	}
	return s
}

func typeMeta(kind string) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: rbacv1.SchemeGroupVersion.String(), Kind: kind}
}

func roleRef(kind, name string) rbacv1.RoleRef {
	return rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: kind, Name: name}
}

// Snapshot is a cluster in which the plan is all that RBAC allows.
func (p *Plan) Snapshot() *snapshot.Snapshot {
	var changes []snapshot.Change
	for _, kind := range []string{"Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"} {
		changes = append(changes, snapshot.Change{Listed: &model.Scope{Group: rbacv1.GroupName, Kind: kind}})
	}
	put := func(kind string, meta *metav1.ObjectMeta, body any) {
		id := model.ID{Group: rbacv1.GroupName, Kind: kind, Namespace: meta.Namespace, Name: meta.Name}
		changes = append(changes, snapshot.Change{Put: &snapshot.Object{Ref: model.Ref{ID: id, Version: "v1"}, Body: body}})
	}
	for i := range p.ClusterRoles {
		put("ClusterRole", &p.ClusterRoles[i].ObjectMeta, &p.ClusterRoles[i])
	}
	for i := range p.ClusterRoleBindings {
		put("ClusterRoleBinding", &p.ClusterRoleBindings[i].ObjectMeta, &p.ClusterRoleBindings[i])
	}
	for i := range p.Roles {
		put("Role", &p.Roles[i].ObjectMeta, &p.Roles[i])
	}
	for i := range p.RoleBindings {
		put("RoleBinding", &p.RoleBindings[i].ObjectMeta, &p.RoleBindings[i])
	}
	return snapshot.New(snapshot.Settings{Live: true}, changes...)
}

// Objects are the plan's objects in the order in which they can be applied.
func (p *Plan) Objects() []any {
	var all []any
	for i := range p.ClusterRoles {
		all = append(all, &p.ClusterRoles[i])
	}
	for i := range p.ClusterRoleBindings {
		all = append(all, &p.ClusterRoleBindings[i])
	}
	for i := range p.Roles {
		all = append(all, &p.Roles[i])
	}
	for i := range p.RoleBindings {
		all = append(all, &p.RoleBindings[i])
	}
	return all
}
