package rbac_test

import (
	"fmt"
	"math/rand/v2"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/analysis/rbac"
)

// generator makes policies and requests out of few words, wildcards and what only
// looks like one among them, so that many requests just match or just do not.
type generator struct{ *rand.Rand }

func verbs() []string { return []string{"get", "list", "create", "*", "", "get*", "use"} }
func groups() []string {
	return []string{"", "apps", "*", "apps/v1", "a*"}
}
func resources() []string {
	return []string{"pods", "nodes", "secrets", "pods/exec", "pods/log", "*", "*/exec", "*/*", "pods/*", "po*", "*/", "/exec", "exec", "pods/exec/deep", "*/exec/deep", "*/xexec", "pods/", "**", "**/exec"}
}
func subresources() []string { return []string{"", "", "exec", "log", "exec/deep", "deep", "*", "xec"} }
func names() []string        { return []string{"", "a", "b", "*", "a*"} }
func paths() []string {
	return []string{"/", "/healthz", "/healthz/etcd", "/api", "/apis/x", "*", "/health*", "/healthz/*", "/api*", "/*", "/a**", "/*/x", "healthz"}
}
func spaces() []string { return []string{"one", "two", "three", ""} }
func users() []string {
	return []string{"jane", "joe", "*", "system:anonymous", "system:serviceaccount:one:web", "system:serviceaccount:two:web", "system:serviceaccount::web", "system:serviceaccount:one:web:x", "web"}
}
func members() []string {
	return []string{"system:authenticated", "system:unauthenticated", "developers", "*", "", "system:serviceaccounts", "system:serviceaccounts:one", "jane"}
}

func (g *generator) one(words []string) string { return words[g.IntN(len(words))] }

func (g *generator) some(words []string, most int) []string {
	var list []string
	count := 1 + g.IntN(most)
	if g.IntN(20) == 0 {
		count = 0
	}
	for range count {
		list = append(list, g.one(words))
	}
	return list
}

func (g *generator) rules() []rbacv1.PolicyRule {
	rules := make([]rbacv1.PolicyRule, g.IntN(6))
	for i := range rules {
		rules[i] = rbacv1.PolicyRule{Verbs: g.some(verbs(), 3), APIGroups: g.some(groups(), 3), Resources: g.some(resources(), 4)}
		if g.IntN(3) == 0 {
			rules[i].ResourceNames = g.some(names(), 2)
		}
		if g.IntN(3) == 0 {
			rules[i].NonResourceURLs = g.some(paths(), 3)
		}
	}
	return rules
}

func (g *generator) subjects() []rbacv1.Subject {
	subjects := make([]rbacv1.Subject, g.IntN(5))
	for i := range subjects {
		s := rbacv1.Subject{Kind: g.one([]string{"User", "Group", "ServiceAccount", "ServiceAccount", "user", "Robot", ""})}
		switch s.Kind {
		case "Group":
			s.Name = g.one(members())
		case "ServiceAccount":
			s.Name, s.Namespace = g.one([]string{"web", "db", "web:x", ""}), g.one(spaces())
		default:
			s.Name = g.one(users())
		}
		if g.IntN(8) == 0 {
			s.APIGroup = "other"
		}
		subjects[i] = s
	}
	return subjects
}

func (g *generator) ref() rbacv1.RoleRef {
	ref := rbacv1.RoleRef{Kind: g.one([]string{"ClusterRole", "ClusterRole", "ClusterRole", "Role", "Role", "Robot"}), Name: fmt.Sprint("r", g.IntN(7))}
	if g.IntN(8) == 0 {
		ref.APIGroup = "other"
	}
	return ref
}

func (g *generator) policy() *generated {
	p := &generated{}
	for i := range 6 {
		p.clusterRoles = append(p.clusterRoles, &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("r", i)}, Rules: g.rules()})
	}
	for _, namespace := range []string{"one", "two"} {
		for i := range 5 {
			p.roles = append(p.roles, &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: fmt.Sprint("r", i)}, Rules: g.rules()})
		}
		for i := range 4 + g.IntN(8) {
			p.roleBindings = append(p.roleBindings, &rbacv1.RoleBinding{
				ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: fmt.Sprint("b", i)}, Subjects: g.subjects(), RoleRef: g.ref(),
			})
		}
	}
	for i := range 2 + g.IntN(6) {
		p.clusterRoleBindings = append(p.clusterRoleBindings, &rbacv1.ClusterRoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("b", i)}, Subjects: g.subjects(), RoleRef: g.ref(),
		})
	}
	return p
}

// ask makes an identity and a request. Two of three follow a rule that a subject of
// the policy has, with one thing changed in every other one.
func (g *generator) ask(p *generated) (rbac.Identity, rbac.Request) {
	who, r := g.identity(), g.request()
	if g.IntN(3) > 0 {
		if g.IntN(2) == 0 && len(p.clusterRoleBindings) > 0 {
			b := p.clusterRoleBindings[g.IntN(len(p.clusterRoleBindings))]
			g.follow(&who, &r, b.Subjects, p.rulesOf(b.RoleRef, ""), "")
		} else if len(p.roleBindings) > 0 {
			b := p.roleBindings[g.IntN(len(p.roleBindings))]
			g.follow(&who, &r, b.Subjects, p.rulesOf(b.RoleRef, b.Namespace), b.Namespace)
		}
	}
	return who, r
}

func (p *generated) rulesOf(ref rbacv1.RoleRef, namespace string) []rbacv1.PolicyRule {
	for _, r := range p.clusterRoles {
		if ref.Kind == "ClusterRole" && r.Name == ref.Name {
			return r.Rules
		}
	}
	for _, r := range p.roles {
		if ref.Kind == "Role" && r.Namespace == namespace && r.Name == ref.Name {
			return r.Rules
		}
	}
	return nil
}

func (g *generator) follow(who *rbac.Identity, r *rbac.Request, subjects []rbacv1.Subject, rules []rbacv1.PolicyRule, namespace string) {
	if len(subjects) == 0 || len(rules) == 0 {
		return
	}
	otherWho, other := *who, *r
	switch s := subjects[g.IntN(len(subjects))]; s.Kind {
	case "User":
		who.User = s.Name
	case "Group":
		who.Groups = append(who.Groups, s.Name)
	case "ServiceAccount":
		if s.Namespace == "" {
			s.Namespace = namespace
		}
		who.User = "system:serviceaccount:" + s.Namespace + ":" + s.Name
	}
	rule := rules[g.IntN(len(rules))]
	pick := func(field *string, words []string) {
		if word := g.one(append(words, *field)); word != "*" {
			*field = word
		}
	}
	pick(&r.Verb, rule.Verbs)
	if r.Path != "" {
		pick(&r.Path, rule.NonResourceURLs)
		r.Path = strings.ReplaceAll(r.Path, "*", g.one([]string{"", "x", "*", "/etcd"})) + g.one([]string{"", "", "/"})
		if r.Path == "" {
			r.Path = "/"
		}
	} else {
		combined := r.Resource
		pick(&combined, rule.Resources)
		r.Resource, r.Subresource, _ = strings.Cut(strings.Replace(combined, "*/", "pods/", 1), "/")
		pick(&r.Group, rule.APIGroups)
		pick(&r.Name, rule.ResourceNames)
		r.Namespace = g.one([]string{namespace, namespace, r.Namespace})
	}
	switch g.IntN(14) { // change one thing, or nothing
	case 0:
		r.Verb = other.Verb
	case 1:
		r.Resource = other.Resource
	case 2:
		r.Subresource = other.Subresource
	case 3:
		r.Name = other.Name
	case 4:
		r.Namespace = g.one(spaces())
	case 5:
		*who = otherWho
	case 6:
		r.Group = other.Group
	}
	if r.Path != "" {
		r.Namespace = ""
	}
	if who.User == "" {
		who.User = "jane"
	}
}

func (g *generator) identity() rbac.Identity {
	if g.IntN(3) == 0 {
		s := rbac.Subject{Kind: "ServiceAccount", Namespace: g.one([]string{"one", "two"}), Name: g.one([]string{"web", "db"})}
		return s.Identities()
	}
	return rbac.Identity{User: g.one(users()), Groups: g.some(members(), 4)}
}

func (g *generator) request() rbac.Request {
	if g.IntN(5) == 0 {
		return rbac.Request{Verb: g.one(verbs()), Path: g.one(paths())}
	}
	return rbac.Request{
		Verb: g.one(verbs()), Group: g.one(groups()), Resource: g.one(resources()), Subresource: g.one(subresources()),
		Name: g.one(names()), Namespace: g.one(spaces()),
	}
}
