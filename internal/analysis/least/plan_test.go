package least

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

func web() rbac.Subject {
	return rbac.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: "shop", Name: "web"}
}

// record is the uses of web.
func record(requests ...rbac.Request) *Record {
	r := &Record{}
	for _, request := range requests {
		r.Add(&Use{Who: web().Identities(), Request: request, Verdict: rbac.Allows, By: RBAC})
	}
	return r
}

func planOf(t interface{ Fatalf(string, ...any) }, r *Record, o Options) Result {
	results := FromLog(r, o)
	if len(results) != 1 {
		t.Fatalf("%d results", len(results))
	}
	return results[0]
}

// universe is every request of a small API.
func universe() []rbac.Request {
	var all []rbac.Request
	for _, verb := range []string{"get", "list", "create", "delete"} {
		for _, path := range []string{"/metrics", "/version"} {
			all = append(all, rbac.Request{Verb: verb, Path: path})
		}
		for _, name := range []string{"", "a", "b", "web-7d9c6b8f5-x2v4k"} {
			if verb == "create" && name != "" {
				continue
			}
			for _, namespace := range []string{"", "shop", "bank"} {
				for _, resource := range []string{"pods", "secrets"} {
					all = append(all, rbac.Request{Verb: verb, Resource: resource, Namespace: namespace, Name: name})
				}
				all = append(all, rbac.Request{Verb: verb, Group: "apps", Resource: "deployments", Namespace: namespace, Name: name})
			}
		}
		all = append(all, rbac.Request{Verb: verb, Resource: "pods", Subresource: "exec", Namespace: "shop", Name: "a"})
	}
	return append(all, rbac.Request{Verb: "get", Resource: "namespaces", Namespace: "shop", Name: "shop"}, rbac.Request{Verb: "get", Resource: "namespaces", Namespace: "bank", Name: "bank"})
}

// Whatever was used, the roles allow that, and of everything else only what a rule
// cannot tell from it: other names where one was used without, a namespace where all
// were, and what is said to be wider.
func TestPlanAllowsWhatWasUsed(t *testing.T) {
	all := universe()
	rapid.Check(t, func(t *rapid.T) {
		used := rapid.SliceOfN(rapid.SampledFrom(all), 1, 25).Draw(t, "used")
		result := planOf(t, record(used...), Options{MaxNames: rapid.IntRange(0, 2).Draw(t, "names")})
		if result.Proof.Kept != result.Proof.Requests || len(result.Proof.Lost) > 0 {
			t.Fatalf("the proof fails: %+v", result.Proof)
		}
		view := result.Snapshot().View()
		for _, request := range all {
			got := rbac.Authorize(view, web().Identities(), request).Verdict == rbac.Allows
			if want := allowedBy(request, used, result.Widened); got != want {
				t.Fatalf("%+v: allowed is %v, want %v", request, got, want)
			}
		}
		checkRules(t, &result)
	})
}

func allowedBy(r rbac.Request, used []rbac.Request, widened []Widening) bool {
	if slices.ContainsFunc(widened, func(w Widening) bool {
		resource, sub, _ := strings.Cut(w.Resource, "/")
		return w.Verb == r.Verb && w.Group == r.Group && resource == r.Resource && sub == r.Subresource && (w.Namespace == "" || w.Namespace == r.Namespace)
	}) {
		return true
	}
	return slices.ContainsFunc(used, func(u rbac.Request) bool {
		sameCell := u.Verb == r.Verb && u.Path == r.Path && u.Group == r.Group && u.Resource == r.Resource && u.Subresource == r.Subresource
		return sameCell && (u.Name == "" || u.Name == r.Name) && (u.Namespace == "" || u.Namespace == r.Namespace)
	})
}

// checkRules demands what the API server does of rules, and no wildcard.
func checkRules(t *rapid.T, result *Result) {
	var all []rbacv1.PolicyRule
	for i := range result.ClusterRoles {
		all = append(all, result.ClusterRoles[i].Rules...)
	}
	for i := range result.Roles {
		for _, rule := range result.Roles[i].Rules {
			if len(rule.NonResourceURLs) > 0 {
				t.Fatalf("a URL in a Role: %+v", rule)
			}
		}
		all = append(all, result.Roles[i].Rules...)
	}
	for _, rule := range all {
		if strings.Contains(fmt.Sprint(rule), "*") {
			t.Fatalf("a wildcard: %+v", rule)
		}
		if len(rule.Verbs) == 0 || len(rule.NonResourceURLs) == 0 && (len(rule.APIGroups) == 0 || len(rule.Resources) == 0) {
			t.Fatalf("the API server refuses %+v", rule)
		}
		if len(rule.ResourceNames) > 0 && slices.Contains(rule.Verbs, "create") && !strings.Contains(rule.Resources[0], "/") {
			t.Fatalf("create by name: %+v", rule)
		}
	}
}

func rulesText(rules []rbacv1.PolicyRule) string {
	var lines []string
	for _, r := range rules {
		lines = append(lines, fmt.Sprint(r.Verbs, r.APIGroups, r.Resources, r.ResourceNames, r.NonResourceURLs))
	}
	return strings.Join(lines, "\n")
}

type ruleTest struct {
	used     []rbac.Request
	maxNames int
	cluster  string
	role     string
	widened  string
}

func ruleTests() map[string]ruleTest {
	get := func(resource, namespace, name string) rbac.Request {
		return rbac.Request{Verb: "get", Resource: resource, Namespace: namespace, Name: name}
	}
	return map[string]ruleTest{
		"names stay": {
			used: []rbac.Request{get("secrets", "shop", "a"), get("secrets", "shop", "b")}, maxNames: 2,
			role: "[get] [] [secrets] [a b] []",
		},
		"too many names": {
			used: []rbac.Request{get("secrets", "shop", "a"), get("secrets", "shop", "b")}, maxNames: 1,
			role: "[get] [] [secrets] [] []", widened: "get secrets in shop: names used: 2, more than 1",
		},
		"a generated name": {
			used: []rbac.Request{get("pods", "shop", "web-7d9c6b8f5-x2v4k")}, maxNames: 9,
			role: "[get] [] [pods] [] []", widened: "get pods in shop: the name web-7d9c6b8f5-x2v4k looks generated",
		},
		"of all namespaces": {
			used: []rbac.Request{{Verb: "list", Resource: "pods"}, {Verb: "list", Resource: "pods", Namespace: "shop"}}, maxNames: 9,
			cluster: "[list] [] [pods] [] []",
		},
		"a namespace by name": {
			used: []rbac.Request{get("namespaces", "shop", "shop")}, maxNames: 9,
			cluster: "[get] [] [namespaces] [shop] []",
		},
		"groups alike": {
			used: []rbac.Request{{Verb: "list", Group: "a", Resource: "x", Namespace: "shop"}, {Verb: "list", Group: "b", Resource: "x", Namespace: "shop"}}, maxNames: 9,
			role: "[list] [a b] [x] [] []",
		},
		"watched by name": {
			used: []rbac.Request{{Verb: "watch", Resource: "secrets", Namespace: "shop", Name: "a"}}, maxNames: 9,
			role: "[watch] [] [secrets] [a] []",
		},
		"created by apply": {
			used: []rbac.Request{{Verb: "create", Resource: "secrets", Namespace: "shop", Name: "a"}}, maxNames: 9,
			role: "[create] [] [secrets] [] []", widened: "create secrets in shop: what is created has no name yet when it is authorized",
		},
		"in a pod": {
			used: []rbac.Request{{Verb: "create", Resource: "pods", Subresource: "exec", Namespace: "shop", Name: "db-0"}}, maxNames: 9,
			role: "[create] [] [pods/exec] [db-0] []",
		},
	}
}

func TestRules(t *testing.T) {
	for name, test := range ruleTests() {
		t.Run(name, func(t *testing.T) {
			result := planOf(t, record(test.used...), Options{MaxNames: test.maxNames})
			var cluster, role, widened string
			if len(result.ClusterRoles) > 0 {
				cluster = rulesText(result.ClusterRoles[0].Rules)
			}
			if len(result.Roles) > 0 {
				role = rulesText(result.Roles[0].Rules)
			}
			for _, w := range result.Widened {
				widened += w.String() + ": " + w.Reason
			}
			if cluster != test.cluster || role != test.role || widened != test.widened {
				t.Errorf("got\n%s\n%s\n%s", cluster, role, widened)
			}
		})
	}
}

// Roles that are alike in several namespaces are one, and the name of a role cannot
// be taken for that of another subject's.
func TestNamespacesAlike(t *testing.T) {
	var used []rbac.Request
	for _, namespace := range []string{"a", "b", "c"} {
		used = append(used, rbac.Request{Verb: "list", Resource: "pods", Namespace: namespace})
	}
	used = append(used, rbac.Request{Verb: "list", Resource: "secrets", Namespace: "c"})
	plan := planOf(t, record(used...), Options{MaxNames: 9})
	if len(plan.ClusterRoles) != 1 || len(plan.Roles) != 1 || len(plan.RoleBindings) != 3 || plan.ClusterRoles[0].Name != "least:serviceaccount:shop:web:a" {
		t.Errorf("got %+v", plan.Plan)
	}
	names := map[string]bool{}
	for _, s := range []rbac.Subject{web(), {Kind: "User", Name: "shop:web"}, {Kind: "User", Name: "a/b"}, {Kind: "User", Name: "a-b"}, {Kind: "User", Name: "a%b"}, {Kind: "Group", Name: "a-b"}} {
		name := roleName(s)
		if names[name] || strings.ContainsAny(name, "/%") {
			t.Errorf("%v is called %s", s, name)
		}
		names[name] = true
	}
}

// What no rule can name is said, and kept out; what others than RBAC allow too.
func TestWhatIsNotKept(t *testing.T) {
	r := record(
		rbac.Request{Verb: "get", Resource: "*", Namespace: "shop"}, rbac.Request{Verb: "get", Path: "/a*"},
		rbac.Request{Verb: "list", Resource: "pods", Namespace: "Not_A_Namespace"}, rbac.Request{Verb: "list", Resource: "pods", Namespace: "shop"})
	for by, verdict := range map[Authorizer]rbac.Verdict{Node: rbac.Allows, Other: rbac.Allows, Masters: rbac.Allows, RBAC: rbac.Denies, NotSaid: rbac.Unknown} {
		r.Add(&Use{Who: web().Identities(), Request: rbac.Request{Verb: "get", Path: "/" + strings.ReplaceAll(by.String(), " ", "")}, Verdict: verdict, By: by})
	}
	result := planOf(t, r, Options{MaxNames: 9})
	p := result.Proof
	if p.Requests != 5 || p.Kept != 2 || len(p.Lost) != 3 || len(p.Elsewhere) != 3 || p.Denied != 1 || p.Undecided != 1 {
		t.Errorf("got %+v", p)
	}
	if got := rulesText(result.ClusterRoles[0].Rules); got != "[get] [] [] [] [/system:masters]" {
		t.Errorf("got %s", got)
	}
}

// Beyond the limit of names there is a rule for all of them, and a proof of it.
func TestManyNames(t *testing.T) {
	r := &Record{}
	for i := range MaxNames + 5 {
		r.Add(&Use{Who: web().Identities(), Request: rbac.Request{Verb: "get", Resource: "pods", Namespace: "shop", Name: fmt.Sprint("p", i)}, Verdict: rbac.Allows, By: RBAC})
	}
	result := planOf(t, r, Options{MaxNames: MaxNames})
	if entries := r.Entries(); len(entries) != 1 || len(entries[0].Names) != MaxNames || !entries[0].More {
		t.Fatalf("%d entries", len(entries))
	}
	if rulesText(result.Roles[0].Rules) != "[get] [] [pods] [] []" || result.Proof.Kept != MaxNames+1 {
		t.Errorf("%s, %+v", rulesText(result.Roles[0].Rules), result.Proof)
	}
}

func TestGenerated(t *testing.T) {
	for name, want := range map[string]bool{
		"pods web-7d9c6b8f5-x2v4k": true, "pods db-0": false, "pods web": false, "pods daemon-x2v4k": true, "pods coredns": false, "jobs nightly-28934520": true,
		"configmaps settings": false, "configmaps kube-root-ca.crt": false, "configmaps job-7ftwr": true, "configmaps web-https": false, "configmaps v-20252": false,
		"events web.17f3a2b4c5d6e7f8": true, "secrets default-token-x7k2p": true, "secrets web-tls": false,
	} {
		resource, object, _ := strings.Cut(name, " ")
		group := map[string]string{"jobs": "batch"}[resource]
		if got := generated(group, resource, object); got != want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

// clusterOf is a snapshot of RBAC objects and nothing unknown.
func clusterOf(bodies ...any) *snapshot.View {
	plan := &Plan{}
	for _, body := range bodies {
		switch body := body.(type) {
		case rbacv1.ClusterRole:
			plan.ClusterRoles = append(plan.ClusterRoles, body)
		case rbacv1.ClusterRoleBinding:
			plan.ClusterRoleBindings = append(plan.ClusterRoleBindings, body)
		case rbacv1.Role:
			plan.Roles = append(plan.Roles, body)
		case rbacv1.RoleBinding:
			plan.RoleBindings = append(plan.RoleBindings, body)
		default:
			panic(fmt.Sprintf("%T", body))
		}
	}
	return plan.Snapshot().View()
}

func meta(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name}
}

// What Covers says of rules at their finest is what the proof asks the authorizer.
func TestCoveredAsCoversSays(t *testing.T) {
	some := func(words ...string) *rapid.Generator[[]string] {
		return rapid.SliceOfN(rapid.SampledFrom(words), 1, 2)
	}
	rapid.Check(t, func(t *rapid.T) {
		var rules []rbacv1.PolicyRule
		for range rapid.IntRange(0, 3).Draw(t, "rules") {
			if rapid.IntRange(0, 3).Draw(t, "url") == 0 {
				rules = append(rules, rbacv1.PolicyRule{Verbs: some("get", "*").Draw(t, "verbs"), NonResourceURLs: some("*", "/a*", "/a/b", "/c").Draw(t, "urls")})
				continue
			}
			rule := rbacv1.PolicyRule{Verbs: some("get", "list", "*").Draw(t, "verbs"), APIGroups: some("", "apps", "*").Draw(t, "groups"), Resources: some("pods", "pods/exec", "*/exec", "*").Draw(t, "resources")}
			if rapid.Bool().Draw(t, "named") {
				rule.ResourceNames = some("a", "b").Draw(t, "names")
			}
			rules = append(rules, rule)
		}
		c := cell{verb: rapid.SampledFrom([]string{"get", "list", "watch"}).Draw(t, "verb"), group: rapid.SampledFrom([]string{"", "apps"}).Draw(t, "group"), resource: rapid.SampledFrom([]string{"pods", "pods/exec", "secrets"}).Draw(t, "resource")}
		var objects []string
		if rapid.Bool().Draw(t, "isURL") {
			c = cell{verb: "get", url: rapid.SampledFrom([]string{"/a", "/a/b", "/c", "/d"}).Draw(t, "path")}
		} else if name := rapid.SampledFrom([]string{"", "a", "c"}).Draw(t, "name"); name != "" {
			objects = []string{name}
		}
		view := clusterOf(rbacv1.ClusterRole{ObjectMeta: meta("", "r"), Rules: rules},
			rbacv1.ClusterRoleBinding{ObjectMeta: meta("", "b"), RoleRef: roleRef("ClusterRole", "r"), Subjects: []rbacv1.Subject{{Kind: "User", Name: "jane"}}})
		want, _ := rbac.Covers(rules, []rbacv1.PolicyRule{c.rule(objects...)})
		got := newOld(view, rbac.Subject{Kind: "User", Name: "jane"}, nil).allows("", c, strings.Join(objects, ""))
		if (got == rbac.Allows) != want {
			t.Fatalf("%+v %v: %v, Covers says %v", c, objects, got, want)
		}
	})
}

// Where the present rights are for names only, the plan keeps names; where they are
// less than what was used, the proof says so; where they are not all known, that.
func TestCoveredByThePresent(t *testing.T) {
	binding := rbacv1.RoleBinding{ObjectMeta: meta("shop", "b"), RoleRef: roleRef("Role", "r"), Subjects: []rbacv1.Subject{{Kind: "ServiceAccount", Name: "web", Namespace: "shop"}}}
	role := func(names ...string) rbacv1.Role {
		return rbacv1.Role{ObjectMeta: meta("shop", "r"), Rules: []rbacv1.PolicyRule{{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{"pods"}, ResourceNames: names}}}
	}
	used := record(rbac.Request{Verb: "get", Resource: "pods", Namespace: "shop", Name: "web-7d9c6b8f5-x2v4k"})
	for name, test := range map[string]struct {
		old  *snapshot.View
		want rbac.Verdict
		rule string
	}{
		"names":  {clusterOf(role("web-7d9c6b8f5-x2v4k"), binding), rbac.Allows, "[get] [] [pods] [web-7d9c6b8f5-x2v4k] []"},
		"all":    {clusterOf(role(), binding), rbac.Allows, "[get] [] [pods] [] []"},
		"none":   {clusterOf(), rbac.Denies, "[get] [] [pods] [web-7d9c6b8f5-x2v4k] []"},
		"unread": {snapshot.New(snapshot.Settings{Live: true}, snapshot.Change{Gap: &model.Gap{Reason: "forbidden"}}).View(), rbac.Unknown, "[get] [] [pods] [] []"},
	} {
		t.Run(name, func(t *testing.T) {
			subject := web()
			result := planOf(t, used, Options{MaxNames: 9, Old: test.old, Subject: &subject})
			if got := rulesText(result.Roles[0].Rules); got != test.rule || result.Proof.Covered != test.want {
				t.Errorf("got %s, %v", got, result.Proof.Covered)
			}
		})
	}
}
