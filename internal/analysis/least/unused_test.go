package least

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"
	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/analysis/auditpolicy"
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/snapshot"
)

// office is a cluster of a group with a wildcard, an account with two verbs and one
// that never does anything.
func office() *snapshot.View {
	account := func(name string) []rbacv1.Subject {
		return []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: "shop", Name: name}}
	}
	return clusterOf(
		rbacv1.ClusterRole{ObjectMeta: meta("", "all"), Rules: []rbacv1.PolicyRule{{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{"*"}}}},
		rbacv1.ClusterRole{ObjectMeta: meta("", "forgotten"), Rules: []rbacv1.PolicyRule{{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{"secrets"}}}},
		rbacv1.ClusterRole{ObjectMeta: meta("", "empty")},
		rbacv1.ClusterRoleBinding{ObjectMeta: meta("", "team"), RoleRef: roleRef("ClusterRole", "all"), Subjects: []rbacv1.Subject{{Kind: "Group", Name: "team"}, {Kind: "User", Name: "joe"}}},
		rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "boot", Labels: map[string]string{bootstrapLabel: "rbac-defaults"}}, RoleRef: roleRef("ClusterRole", "all"), Subjects: []rbacv1.Subject{{Kind: "Group", Name: "boot"}}},
		rbacv1.Role{ObjectMeta: meta("shop", "two"), Rules: []rbacv1.PolicyRule{{Verbs: []string{"list", "delete"}, APIGroups: []string{""}, Resources: []string{"pods"}}}},
		rbacv1.RoleBinding{ObjectMeta: meta("shop", "web"), RoleRef: roleRef("Role", "two"), Subjects: account("web")},
		rbacv1.RoleBinding{ObjectMeta: meta("shop", "idle"), RoleRef: roleRef("Role", "two"), Subjects: account("idle")},
	)
}

// usageText is one line for each right that was not plainly used.
func usageText(u *Usage) string {
	var lines []string
	for _, h := range u.Holdings {
		for _, r := range h.Rights {
			if r.Outcome != Used {
				lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %s %s %s %s", h.Subject, r.Outcome, r.String(), h.Whole, strings.Join(r.UsedFor, ","), r.Reason)))
			}
		}
	}
	for _, role := range u.Unbound {
		lines = append(lines, "nobody "+role.Name)
	}
	return strings.Join(lines, "\n")
}

func TestUsages(t *testing.T) {
	member := rbac.Identity{User: "jane", Groups: []string{"team", "system:authenticated"}}
	used := func() *Record {
		r := record(rbac.Request{Verb: "list", Resource: "pods", Namespace: "shop"})
		r.Add(&Use{Who: member, Request: rbac.Request{Verb: "get", Resource: "nodes", Name: "n"}, Verdict: rbac.Allows})
		r.Add(&Use{Who: member, Request: rbac.Request{Verb: "get", Resource: "secrets", Namespace: "shop"}, Verdict: rbac.Denies})
		return r
	}
	common := []string{
		"Group team partly used get *  get nodes",
		"ServiceAccount shop/idle unused list pods binding", "ServiceAccount shop/idle unused delete pods binding",
		"ServiceAccount shop/web unused delete pods", "User joe unused get * subject", "nobody forgotten",
	}
	unknown := func(reason string) []string {
		var lines []string
		for _, line := range common {
			for _, whole := range []string{" subject", " binding"} {
				line = strings.TrimSuffix(line, whole)
			}
			if strings.Contains(line, " unused ") {
				line = strings.Replace(line, " unused ", " unknown ", 1) + "   " + reason
			}
			lines = append(lines, line)
		}
		return lines
	}
	policy := func(rules ...auditv1.PolicyRule) []*auditv1.Policy { return []*auditv1.Policy{{Rules: rules}} }
	everything := auditv1.PolicyRule{Level: auditv1.LevelMetadata}
	for name, test := range map[string]struct {
		log  *Log
		want []string
	}{
		"a log":           {&Log{Record: used()}, common},
		"a policy of all": {&Log{Record: used(), Policies: policy(everything)}, common},
		"a broken log":    {&Log{Record: used(), Broken: true}, unknown("some of the log could not be read")},
		"no rule":         {&Log{Record: used(), Policies: policy()}, unknown("no rule of the audit policy logs all of it")},
		"nothing is logged": {
			&Log{Record: used(), Policies: policy(auditv1.PolicyRule{Level: auditv1.LevelNone}, everything)},
			unknown("rules[0] of the audit policy keeps some of it out of the log"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			usage := Usages(office(), test.log)
			want := slices.Clone(test.want)
			if got := usageText(usage); sorted(got) != sorted(strings.Join(want, "\n")) {
				t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
			}
			if usage.Bootstrap != 1 || !usage.Complete {
				t.Errorf("%d bootstrap bindings, complete %v", usage.Bootstrap, usage.Complete)
			}
		})
	}
}

func sorted(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.Join(strings.Fields(lines[i]), " ")
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// A request that ended before it was decided may have been a use, and so may one of
// more names than are kept.
func TestUsagesThatAreNotKnown(t *testing.T) {
	r := &Record{}
	r.Add(&Use{Who: web().Identities(), Request: rbac.Request{Verb: "delete", Resource: "pods", Namespace: "shop", Name: "a"}})
	if got := usageText(Usages(office(), &Log{Record: r})); !strings.Contains(got, "shop/web unknown delete pods   a request that it would allow ended") {
		t.Errorf("got\n%s", got)
	}
	view := clusterOf(
		rbacv1.Role{ObjectMeta: meta("shop", "named"), Rules: []rbacv1.PolicyRule{{Verbs: []string{"get", "delete"}, APIGroups: []string{""}, Resources: []string{"pods"}, ResourceNames: []string{"rare"}}}},
		rbacv1.RoleBinding{ObjectMeta: meta("shop", "b"), RoleRef: roleRef("Role", "named"), Subjects: []rbacv1.Subject{{Kind: "Group", Name: "system:serviceaccounts:shop"}}},
	)
	r = &Record{}
	for i := range MaxNames + 1 {
		r.Add(&Use{Who: web().Identities(), Request: rbac.Request{Verb: "get", Resource: "pods", Namespace: "shop", Name: fmt.Sprint("p", i)}, Verdict: rbac.Allows})
	}
	got := usageText(Usages(view, &Log{Record: r}))
	if !strings.Contains(got, "unknown get pods   more than 1000 names") || !strings.Contains(got, "unused delete pods") {
		t.Errorf("got\n%s", got)
	}
}

// Where the policy does not log some request that a right allows, the right is not
// called logged; and of a right that allows one request only, both say the same.
func TestUnloggedAgreesWithThePolicy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy := &auditv1.Policy{}
		words := func(label string, all ...string) []string {
			return rapid.SliceOfNDistinct(rapid.SampledFrom(all), 0, 2, rapid.ID).Draw(t, label)
		}
		for range rapid.IntRange(0, 4).Draw(t, "rules") {
			rule := auditv1.PolicyRule{
				Level: rapid.SampledFrom([]auditv1.Level{auditv1.LevelNone, auditv1.LevelMetadata}).Draw(t, "level"),
				Users: words("users", "system:serviceaccount:shop:web", "joe"), UserGroups: words("groups", "system:serviceaccounts", "dev"),
				Verbs: words("verbs", "get", "list"), Namespaces: words("namespaces", "shop", "bank", ""),
			}
			if rapid.Bool().Draw(t, "urls") {
				rule.Namespaces, rule.NonResourceURLs = nil, words("paths", "/a*", "/a/b", "*", "/c")
			}
			for range rapid.IntRange(0, 2).Draw(t, "resources") {
				rule.Resources = append(rule.Resources, auditv1.GroupResources{
					Group: rapid.SampledFrom([]string{"", "apps", "*"}).Draw(t, "group"), ResourceNames: words("names", "a", "b"),
					Resources: words("kinds", "pods", "pods/exec", "pods/*", "*/exec", "*"),
				})
			}
			policy.Rules = append(policy.Rules, rule)
		}
		a := asked{
			who: web().Identities(), namespace: rapid.SampledFrom([]string{"", "shop"}).Draw(t, "namespace"),
			cell: cell{
				verb: rapid.SampledFrom([]string{"get", "*"}).Draw(t, "verb"), group: rapid.SampledFrom([]string{"", "*"}).Draw(t, "group"),
				resource: rapid.SampledFrom([]string{"pods", "pods/exec", "*/exec", "*"}).Draw(t, "resource"),
			},
			names: words("objects", "a", "c"),
		}
		if rapid.IntRange(0, 2).Draw(t, "url") == 0 {
			a.cell, a.namespace, a.names = cell{verb: a.cell.verb, url: rapid.SampledFrom([]string{"/a", "/a/*", "/c", "*"}).Draw(t, "path")}, "", nil
		}
		requests, logged := 0, 0
		for _, request := range loggable() {
			r := rbac.Request{Verb: request.Verb, Group: request.APIGroup, Resource: request.Resource, Subresource: request.Subresource, Path: request.Path}
			if !a.cell.allows(&r) || a.namespace != "" && request.Namespace != a.namespace || len(a.names) > 0 && !slices.Contains(a.names, request.Name) {
				continue
			}
			requests++
			if auditpolicy.Decide(policy, &request).Level != auditv1.LevelNone {
				logged++
			}
		}
		all := unlogged(policy, &a) == -1
		if all && logged < requests {
			t.Fatalf("%+v is called logged, and %d of %d requests are not", a, requests-logged, requests)
		}
		if requests == 1 && !a.cell.wild() && !all && logged == 1 {
			t.Fatalf("%+v is one request, which is logged", a)
		}
	})
}

// loggable is every request of web in a small API.
func loggable() []auditpolicy.Request {
	var all []auditpolicy.Request
	who := web().Identities()
	for _, verb := range []string{"get", "list"} {
		for _, path := range []string{"/a", "/a/b", "/c", "/d"} {
			all = append(all, auditpolicy.Request{User: who.User, Groups: who.Groups, Verb: verb, Path: path})
		}
		for _, group := range []string{"", "apps"} {
			for _, resource := range []string{"pods", "pods/exec", "sets"} {
				for _, namespace := range []string{"", "shop", "bank"} {
					for _, name := range []string{"", "a", "b", "c"} {
						kind, sub, _ := strings.Cut(resource, "/")
						all = append(all, auditpolicy.Request{User: who.User, Groups: who.Groups, Verb: verb, APIGroup: group, Resource: kind, Subresource: sub, Namespace: namespace, Name: name})
					}
				}
			}
		}
	}
	return all
}
