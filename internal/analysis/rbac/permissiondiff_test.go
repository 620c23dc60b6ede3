package rbac

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// randomPolicy is a snapshot of random roles and bindings over few words, so that rights
// often meet.
func randomPolicy(t *rapid.T, label string) *snapshot.View {
	pick := func(name string, words ...string) []string {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(words), 1, 2, rapid.ID).Draw(t, label+name)
	}
	var changes []snapshot.Change
	put := func(kind, namespace, name string, body any) {
		id := model.ID{Group: rbacv1.GroupName, Kind: kind, Namespace: namespace, Name: name}
		changes = append(changes, snapshot.Change{Put: &snapshot.Object{Ref: model.Ref{ID: id, Version: "v1"}, Body: body}})
	}
	for i := range 3 {
		var rules []rbacv1.PolicyRule
		for range rapid.IntRange(0, 2).Draw(t, label+"rules") {
			rule := rbacv1.PolicyRule{
				Verbs: pick("verbs", "get", "list", "*"), APIGroups: pick("groups", "", "apps", "*"),
				Resources: pick("resources", "pods", "pods/exec", "*/exec", "*", "secrets"),
			}
			if rapid.Bool().Draw(t, label+"named") {
				rule.ResourceNames = pick("names", "a", "b")
			}
			if rapid.Bool().Draw(t, label+"url") {
				rule = rbacv1.PolicyRule{Verbs: pick("verbs", "get", "post", "*"), NonResourceURLs: pick("urls", "/a", "/a/*", "/a/b", "*", "/a*")}
			}
			rules = append(rules, rule)
		}
		put("ClusterRole", "", fmt.Sprintf("r%d", i), &rbacv1.ClusterRole{Rules: rules})
	}
	subjects := []rbacv1.Subject{
		{Kind: "User", Name: "jane"}, {Kind: "Group", Name: "system:authenticated"}, {Kind: "Group", Name: "devs"},
		{Kind: "ServiceAccount", Namespace: "x", Name: "web"}, {Kind: "Group", Name: "system:serviceaccounts:x"},
	}
	for i := range rapid.IntRange(0, 4).Draw(t, label+"bindings") {
		ref := rbacv1.RoleRef{Kind: "ClusterRole", Name: rapid.SampledFrom([]string{"r0", "r1", "r2"}).Draw(t, label+"ref")}
		to := []rbacv1.Subject{rapid.SampledFrom(subjects).Draw(t, label+"subject")}
		name := fmt.Sprintf("b%d", i)
		if namespace := rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, label+"namespace"); namespace == "" {
			put("ClusterRoleBinding", "", name, &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: name}, Subjects: to, RoleRef: ref})
		} else {
			put("RoleBinding", namespace, name, &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace}, Subjects: to, RoleRef: ref})
		}
	}
	for _, kind := range []string{"Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"} {
		changes = append(changes, snapshot.Change{Listed: &model.Scope{Group: rbacv1.GroupName, Kind: kind}})
	}
	return snapshot.New(snapshot.Settings{}, changes...).View()
}

// other stands for what no rule names.
const other = "other"

// witnesses are requests that a change says are allowed on one side only: each word
// as it is written, and "other" for all there are.
func (c *PermissionChange) witnesses() []Request {
	wide := func(word string) string {
		if word == "*" {
			return other
		}
		return word
	}
	var requests []Request
	for _, verb := range c.Verbs {
		if c.Path != "" {
			requests = append(requests, Request{Verb: wide(verb), Path: strings.Replace(c.Path, "*", other, 1)})
			continue
		}
		names := c.Names
		if len(names) == 0 {
			names = []string{other}
		}
		for _, name := range names {
			resource, below, _ := strings.Cut(c.Resource, "/")
			namespace := c.Namespace
			if namespace == "" {
				namespace = other
			}
			requests = append(requests, Request{Verb: wide(verb), Group: wide(c.Group), Resource: wide(resource), Subresource: below, Name: name, Namespace: namespace})
		}
	}
	return requests
}

// says reports whether a change says of a request that it is allowed on one side only.
func (c *PermissionChange) says(r *Request) bool {
	if c.Namespace != "" && c.Namespace != r.Namespace {
		return false
	}
	rule := rbacv1.PolicyRule{Verbs: c.Verbs, APIGroups: []string{c.Group}, Resources: []string{c.Resource}, ResourceNames: c.Names}
	if c.Path != "" {
		rule = rbacv1.PolicyRule{Verbs: c.Verbs, NonResourceURLs: []string{c.Path}}
	}
	return allows(&rule, r)
}

// What the difference says is so for the authorizer, of words that no rule has too,
// and of whatever the authorizer answers otherwise the difference says it.
func TestDifferenceIsTheAuthorizers(t *testing.T) {
	subjects := []Subject{
		{Kind: "User", Name: "jane"}, {Kind: "ServiceAccount", Namespace: "x", Name: "web"}, {Kind: "Group", Name: "devs"},
		{Kind: "Group", Name: "system:authenticated"}, {Kind: "Group", Name: "system:serviceaccounts:x"},
	}
	rapid.Check(t, func(t *rapid.T) {
		before, after := randomPolicy(t, "old "), randomPolicy(t, "new ")
		changes, complete := DiffPermissions(before, after)
		if !complete {
			t.Fatal("not complete")
		}
		for i := range changes {
			c := &changes[i]
			with, without := after, before
			if !c.Gained {
				with, without = before, after
			}
			for _, r := range c.witnesses() {
				if Allowed(with, c.Subject, r).Verdict != Allows || Allowed(without, c.Subject, r).Verdict != Denies {
					t.Fatalf("%+v is not so of %+v", c, r)
				}
				for _, namespace := range c.Except {
					if r.Namespace = namespace; Allowed(without, c.Subject, r).Verdict != Allows {
						t.Fatalf("%+v: no exception in %s", c, namespace)
					}
				}
			}
		}
		for range 200 {
			subject := rapid.SampledFrom(subjects).Draw(t, "asked")
			r := randomRequest(t)
			was, is := Allowed(before, subject, r).Verdict, Allowed(after, subject, r).Verdict
			if was == is {
				continue
			}
			identity := subject.Identities()
			told := slices.ContainsFunc(changes, func(c PermissionChange) bool {
				mine := c.Subject == subject || c.Subject.Kind == "Group" && slices.Contains(identity.Groups, c.Subject.Name)
				return mine && c.Gained == (is == Allows) && c.says(&r)
			})
			if !told {
				t.Fatalf("%v of %v went from %v to %v and nothing says so: %+v", r, subject, was, is, changes)
			}
		}
	})
}

func randomRequest(t *rapid.T) Request {
	one := func(words ...string) string { return rapid.SampledFrom(words).Draw(t, "word") }
	if rapid.IntRange(0, 4).Draw(t, "url") == 0 {
		return Request{Verb: one("get", "post", other), Path: one("/a", "/a/b", "/a/c", "/ab", "/"+other)}
	}
	return Request{
		Verb: one("get", "list", other), Group: one("", "apps", other), Resource: one("pods", "secrets", other), Subresource: one("", "exec", other),
		Name: one("", "a", "b", other), Namespace: one("x", "y", other),
	}
}

func BenchmarkDiffPermissions(b *testing.B) {
	before := largeCluster(2000, 3000)
	put := func(name string, rule rbacv1.PolicyRule) snapshot.Change {
		id := model.ID{Group: rbacv1.GroupName, Kind: "ClusterRole", Name: name}
		return snapshot.Change{Put: &snapshot.Object{Ref: model.Ref{ID: id}, Body: &rbacv1.ClusterRole{Rules: []rbacv1.PolicyRule{rule}}}}
	}
	after := before.With(put("shared-7", rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"*"}, Verbs: []string{"get"}}))
	for b.Loop() {
		changes, _ := DiffPermissions(snapshot.New(snapshot.Settings{}, before.Changes()...).View(), snapshot.New(snapshot.Settings{}, after.Changes()...).View())
		if len(changes) == 0 {
			b.Fatal("no change")
		}
	}
}

func BenchmarkWhoCanAnywhere(b *testing.B) {
	s := largeCluster(2000, 50000)
	for b.Loop() {
		WhoCanAnywhere(s.View(), Request{Verb: "get", Resource: "secrets"})
	}
}
