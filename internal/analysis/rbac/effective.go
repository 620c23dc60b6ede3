package rbac

import (
	"cmp"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apiserver/pkg/authentication/serviceaccount"
	"k8s.io/apiserver/pkg/authentication/user"

	"holdfast.dev/holdfast/internal/snapshot"
)

// WhoCanAnywhere is WhoCan for everywhere at once: what counts in the whole cluster,
// then what counts in one namespace, by namespace. The request's own is left aside.
func WhoCanAnywhere(v *snapshot.View, r Request) (grants []Grant, complete bool) {
	r.Namespace = ""
	nodes := askNodeAnywhere(v, r)
	grants = append([]Grant{bypass()}, nodes.grants...)
	grants = bindings.Of(v, "").grantsFor(grants, &r)
	complete = allListed(v) && len(nodes.unsure) == 0 && len(bindings.Of(v, "").unsure) == 0
	for _, namespace := range namespaces.Of(v, struct{}{}) {
		set := bindings.Of(v, namespace)
		grants = set.grantsFor(grants, &r)
		complete = complete && len(set.unsure) == 0
	}
	return grants, complete
}

// Right is what some rules say of one resource, or with Path of one URL, in one
// place. Group, Resource and Path are words of rules: "*", "pods/exec", "/healthz*".
type Right struct {
	Namespace string // where it counts: "" is everywhere
	Group     string
	Resource  string
	Names     []string // the only objects, sorted; nil for any
	Path      string
	Verbs     []VerbRight // those of ServedVerbs first, in their order
}

// VerbRight is one verb of a Right, which may be "*", and the rules that give it.
type VerbRight struct {
	Verb   string
	Grants []Grant
}

// Effective lists what an identity may do by rules: in the whole cluster first, then
// by namespace, resources before URLs; with a namespace what counts there, else
// everything. Of members of system:masters, who need no rule, it is every verb on
// every resource and URL, by a Grant without a rule. With complete=false there may be
// other rights; of a node there are, for its authorizer answers requests and lists
// none.
//
// What a RoleBinding cannot give, the resources outside of namespaces and URLs, is
// left out.
func Effective(v *snapshot.View, who Identity, namespace string) (rights []Right, complete bool) {
	places := []string{"", namespace}
	complete = true
	if namespace == "" {
		places = append(places[:1], namespaces.Of(v, struct{}{})...)
		complete = allListed(v)
	}
	at := map[string]*Right{}
	if slices.Contains(who.Groups, user.SystemPrivilegedGroup) {
		g := bypass()
		add(at, Right{Group: rbacv1.APIGroupAll, Resource: rbacv1.ResourceAll}, rbacv1.VerbAll, &g)
		add(at, Right{Path: rbacv1.NonResourceAll}, rbacv1.VerbAll, &g)
	}
	keys := who.keys()
	for _, place := range places {
		set := bindings.Of(v, place)
		complete = complete && len(set.unsure) == 0
		grants := set.grantsOf(nil, keys, func(*rbacv1.PolicyRule) bool { return true })
		for i := range grants {
			addRights(v, at, &grants[i])
		}
	}
	for _, right := range at {
		slices.SortStableFunc(right.Verbs, func(a, b VerbRight) int { return compareVerbs(a.Verb, b.Verb) })
		rights = append(rights, *right)
	}
	slices.SortFunc(rights, compareRights)
	return rights, complete
}

// With is the identity as a member of further groups, that a certificate or a token
// gives it.
func (i Identity) With(groups ...string) Identity {
	i.Groups = slices.Clone(i.Groups)
	for _, group := range groups {
		for _, g := range groupsOfMember(group) {
			if !slices.Contains(i.Groups, g) {
				i.Groups = append(i.Groups, g)
			}
		}
	}
	return i
}

// Named reports whether a binding names the user of an identity or one of the groups
// that are not everybody's.
func (i Identity) Named(v *snapshot.View) bool {
	own := slices.DeleteFunc(i.keys(), func(key who) bool {
		return key.group && (key.name == user.AllAuthenticated || key.name == user.AllUnauthenticated || key.name == serviceaccount.AllServiceAccountsGroup)
	})
	for _, namespace := range append([]string{""}, namespaces.Of(v, struct{}{})...) {
		set := bindings.Of(v, namespace)
		if slices.ContainsFunc(own, func(key who) bool { return len(set.holders[key]) > 0 }) {
			return true
		}
	}
	return false
}

// grantKey tells the grants of rules apart.
type grantKey struct {
	binding, source *snapshot.Object
	subject, rule   int
}

func keyOfGrant(g *Grant) grantKey {
	return grantKey{binding: g.Binding, source: g.Source, subject: g.SubjectIndex, rule: g.RuleIndex}
}

func addRights(v *snapshot.View, at map[string]*Right, g *Grant) {
	names := slices.Clone(g.Rule.ResourceNames)
	slices.Sort(names)
	names = slices.Compact(names)
	namespace := g.Namespace()
	for _, group := range g.Rule.APIGroups {
		for _, resource := range g.Rule.Resources {
			for _, verb := range g.Rule.Verbs {
				if counts(v, namespace, group, resource, verb) {
					add(at, Right{Namespace: namespace, Group: group, Resource: resource, Names: names}, verb, g)
				}
			}
		}
	}
	if namespace != "" {
		return
	}
	for _, path := range g.Rule.NonResourceURLs {
		for _, verb := range g.Rule.Verbs {
			add(at, Right{Path: path}, verb, g)
		}
	}
}

// add notes one verb of a right. The same words may stand in a rule twice.
func add(at map[string]*Right, right Right, verb string, g *Grant) {
	key := strings.Join(append([]string{right.Namespace, right.Group, right.Resource, right.Path}, right.Names...), "\x00")
	r := at[key]
	if r == nil {
		r = &right
		at[key] = r
	}
	i := slices.IndexFunc(r.Verbs, func(v VerbRight) bool { return v.Verb == verb })
	if i < 0 {
		i = len(r.Verbs)
		r.Verbs = append(r.Verbs, VerbRight{Verb: verb})
	}
	if last := len(r.Verbs[i].Grants) - 1; last < 0 || keyOfGrant(&r.Verbs[i].Grants[last]) != keyOfGrant(g) {
		r.Verbs[i].Grants = append(r.Verbs[i].Grants, *g)
	}
}

// counts reports whether what a rule says can be asked about in a namespace: a
// resource outside of namespaces is served without one. A namespace itself is the
// exception, see Request, and so is what others than the API server ask, see served.
func counts(v *snapshot.View, namespace, group, resource, verb string) bool {
	if namespace == "" || !served(verb) || group == rbacv1.APIGroupAll {
		return true
	}
	name, _, _ := strings.Cut(resource, "/")
	if name == rbacv1.ResourceAll || group == "" && name == "namespaces" {
		return true
	}
	known, ok := scopes.Of(v, struct{}{})[Resource{Group: group, Name: name}.String()]
	return !ok || known
}

// scopes says of each known resource whether it lies in namespaces.
var scopes = snapshot.Memo[struct{}, map[string]bool]{Name: "rbac.scopes", Compute: func(v *snapshot.View, _ struct{}) map[string]bool {
	namespaced := map[string]bool{}
	for r := range resources(v) {
		namespaced[r.String()] = r.Namespaced
	}
	return namespaced
}}

func compareVerbs(a, b string) int {
	order := func(verb string) int {
		if i := slices.Index(ServedVerbs(), verb); i >= 0 {
			return i
		}
		return len(ServedVerbs())
	}
	return cmp.Or(cmp.Compare(order(a), order(b)), strings.Compare(a, b))
}

func compareRights(a, b Right) int {
	return cmp.Or(
		strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Path, b.Path),
		strings.Compare(a.Group, b.Group), strings.Compare(a.Resource, b.Resource), slices.Compare(a.Names, b.Names),
	)
}
