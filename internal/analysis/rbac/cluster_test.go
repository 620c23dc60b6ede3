package rbac

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/test/cluster"
)

// settled is how long the controllers and the caches of the API server may take.
const settled = 20 * time.Second

// What the real API server says of random requests under a policy with aggregated
// roles, beside its own bootstrap policy, is what Allowed says of a snapshot of it;
// and what its controller fills aggregated roles with is what aggregate makes.
func TestAgainstTheServer(t *testing.T) {
	c := cluster.Start(t, cluster.WithControllers())
	for _, namespace := range []string{"one", "two"} {
		c.Namespace(t, namespace)
	}
	g := serverGenerator{rand.New(rand.NewPCG(3, 36))}
	g.apply(t, c.Client())
	eventually(t, func() string { return aggregationDiffers(t, c.Client()) })

	view := snapshot.New(snapshot.Settings{}, dump(t, c.Client(), false)...).View()
	allowed := 0
	const requests = 500
	for range requests {
		who, r := g.identity(), g.request()
		ours := Authorize(view, who, r)
		if ours.Verdict == Allows {
			allowed++
		}
		eventually(t, func() string {
			if theirs := review(t, c.Client(), who, r); theirs != ours.Verdict {
				return fmt.Sprintf("%+v asks %+v: ours %s, the server's %s", who, r, ours.Verdict, theirs)
			}
			return ""
		})
	}
	t.Logf("%d requests, %d of them allowed", requests, allowed)
	if allowed < requests/10 || allowed > requests*9/10 {
		t.Errorf("%d of %d requests are allowed: the test proves little", allowed, requests)
	}
}

// eventually fails with what is still wrong after a while.
func eventually(t *testing.T, wrong func() string) {
	t.Helper()
	for end := time.Now().Add(settled); ; time.Sleep(100 * time.Millisecond) {
		message := wrong()
		if message == "" {
			return
		}
		if time.Now().After(end) {
			t.Fatal(message)
		}
	}
}

func review(t *testing.T, client kubernetes.Interface, who Identity, r Request) Verdict {
	t.Helper()
	spec := authorizationv1.SubjectAccessReviewSpec{User: who.User, Groups: who.Groups}
	if r.Path != "" {
		spec.NonResourceAttributes = &authorizationv1.NonResourceAttributes{Verb: r.Verb, Path: r.Path}
	} else {
		spec.ResourceAttributes = &authorizationv1.ResourceAttributes{
			Verb: r.Verb, Group: r.Group, Resource: r.Resource, Subresource: r.Subresource, Name: r.Name, Namespace: r.Namespace,
		}
	}
	answer, err := client.AuthorizationV1().SubjectAccessReviews().Create(t.Context(), &authorizationv1.SubjectAccessReview{Spec: spec}, metav1.CreateOptions{})
	switch {
	case err != nil:
		t.Fatal(err)
	case answer.Status.Allowed:
		return Allows
	}
	return Denies
}

// aggregationDiffers compares what aggregated roles would get with what they have.
func aggregationDiffers(t *testing.T, client kubernetes.Interface) string {
	t.Helper()
	have := roles.Of(snapshot.New(snapshot.Settings{}, dump(t, client, false)...).View(), "")
	want := roles.Of(snapshot.New(snapshot.Settings{}, dump(t, client, true)...).View(), "")
	compared := 0
	for name, r := range want.byName {
		if len(r.selectors) == 0 {
			continue
		}
		compared++
		stored, computed := map[string]bool{}, map[string]bool{}
		for i := range have.byName[name].written {
			stored[ruleKey(&have.byName[name].written[i])] = true
		}
		for _, rule := range r.rules() {
			computed[ruleKey(rule.rule)] = true
		}
		if !maps.Equal(stored, computed) {
			return fmt.Sprintf("ClusterRole %s has %d rules and should have %d", name, len(stored), len(computed))
		}
	}
	if compared < 5 {
		return fmt.Sprintf("only %d aggregated roles", compared)
	}
	return ""
}

// dump reads all RBAC of the server; with bare, aggregated roles without rules.
func dump(t *testing.T, client kubernetes.Interface, bare bool) []snapshot.Change {
	t.Helper()
	changes := everything()
	add := func(kind string, meta metav1.ObjectMeta, body any) {
		id := model.ID{Group: rbacv1.GroupName, Kind: kind, Namespace: meta.Namespace, Name: meta.Name}
		changes = append(changes, snapshot.Change{Put: &snapshot.Object{Ref: model.Ref{ID: id, Version: "v1"}, Body: body}})
	}
	api, options := client.RbacV1(), metav1.ListOptions{}
	clusterRoles, err1 := api.ClusterRoles().List(t.Context(), options)
	clusterRoleBindings, err2 := api.ClusterRoleBindings().List(t.Context(), options)
	all, err3 := api.Roles("").List(t.Context(), options)
	roleBindings, err4 := api.RoleBindings("").List(t.Context(), options)
	for _, err := range []error{err1, err2, err3, err4} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range clusterRoles.Items {
		r := &clusterRoles.Items[i]
		if bare && r.AggregationRule != nil {
			r.Rules = nil
		}
		add("ClusterRole", r.ObjectMeta, r)
	}
	for i := range clusterRoleBindings.Items {
		add("ClusterRoleBinding", clusterRoleBindings.Items[i].ObjectMeta, &clusterRoleBindings.Items[i])
	}
	for i := range all.Items {
		add("Role", all.Items[i].ObjectMeta, &all.Items[i])
	}
	for i := range roleBindings.Items {
		add("RoleBinding", roleBindings.Items[i].ObjectMeta, &roleBindings.Items[i])
	}
	return changes
}

// serverGenerator makes what the API server accepts.
type serverGenerator struct{ *rand.Rand }

func (g serverGenerator) one(words ...string) string { return words[g.IntN(len(words))] }

func (g serverGenerator) rule(urls bool) rbacv1.PolicyRule {
	if urls && g.IntN(4) == 0 {
		return rbacv1.PolicyRule{Verbs: []string{g.one("get", "post", "*")}, NonResourceURLs: []string{g.one("/metrics", "/logs/*", "/logs*", "/debug/*", "*")}}
	}
	rule := rbacv1.PolicyRule{
		Verbs:     []string{g.one("get", "list", "create", "*"), g.one("get", "delete")},
		APIGroups: []string{g.one("", "apps", "*"), ""},
		Resources: []string{g.one("pods", "nodes", "pods/exec", "*/exec", "*"), g.one("pods/*", "secrets", "deployments")},
	}
	if g.IntN(3) == 0 {
		rule.ResourceNames = []string{g.one("a", "b")}
	}
	return rule
}

func (g serverGenerator) subject() rbacv1.Subject {
	switch g.IntN(3) {
	case 0:
		return rbacv1.Subject{Kind: "User", APIGroup: rbacv1.GroupName, Name: g.one("jane", "joe", "system:serviceaccount:one:web")}
	case 1:
		return rbacv1.Subject{Kind: "Group", APIGroup: rbacv1.GroupName, Name: g.one("developers", "system:serviceaccounts:one", "system:unauthenticated", "testers")}
	default:
		return rbacv1.Subject{Kind: "ServiceAccount", Namespace: g.one("one", "two"), Name: g.one("web", "db")}
	}
}

func (g serverGenerator) ref(kinds ...string) rbacv1.RoleRef {
	kind := g.one(kinds...)
	name := fmt.Sprint("r", g.IntN(8))
	if kind == "ClusterRole" {
		name = g.one(name, name, name, "view", "admin", "system:node", "gone")
	}
	return rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: kind, Name: name}
}

// apply creates the policy. Of r0 to r7 the first three aggregate: r0 what r1 is
// labelled with, which aggregates others, and r2 what r2 itself is labelled with.
func (g serverGenerator) apply(t *testing.T, client kubernetes.Interface) {
	ctx, api := t.Context(), client.RbacV1()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range 8 {
		r := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("r", i), Labels: map[string]string{"level": fmt.Sprint(min(i, 3))}}}
		r.Rules = []rbacv1.PolicyRule{g.rule(true), g.rule(true)}
		if i < 3 {
			r.Rules = nil
			selected := []string{"1", "3", "2"}[i]
			r.AggregationRule = &rbacv1.AggregationRule{ClusterRoleSelectors: []metav1.LabelSelector{{MatchLabels: map[string]string{"level": selected}}}}
		}
		_, err := api.ClusterRoles().Create(ctx, r, metav1.CreateOptions{})
		check(err)
	}
	for i := range 4 {
		_, err := api.ClusterRoleBindings().Create(ctx, &rbacv1.ClusterRoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("b", i)}, Subjects: []rbacv1.Subject{g.subject(), g.subject()}, RoleRef: g.ref("ClusterRole"),
		}, metav1.CreateOptions{})
		check(err)
	}
	for _, namespace := range []string{"one", "two"} {
		check(g.applyIn(ctx, client, namespace))
	}
}

func (g serverGenerator) applyIn(ctx context.Context, client kubernetes.Interface, namespace string) error {
	for i := range 6 {
		r := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("r", i)}, Rules: []rbacv1.PolicyRule{g.rule(false)}}
		if _, err := client.RbacV1().Roles(namespace).Create(ctx, r, metav1.CreateOptions{}); err != nil {
			return err
		}
		b := &rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("b", i)}, Subjects: []rbacv1.Subject{g.subject()}, RoleRef: g.ref("ClusterRole", "Role"),
		}
		if _, err := client.RbacV1().RoleBindings(namespace).Create(ctx, b, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	return nil
}

func (g serverGenerator) identity() Identity {
	subjects := []Subject{
		{Kind: "User", Name: "jane"}, {Kind: "User", Name: "joe"}, {Kind: "User", Name: "system:anonymous"}, {Kind: "User", Name: "system:kube-scheduler"},
		{Kind: "ServiceAccount", Namespace: "one", Name: "web"}, {Kind: "ServiceAccount", Namespace: "two", Name: "db"},
		{Kind: "ServiceAccount", Namespace: "kube-system", Name: "replicaset-controller"},
	}
	who := subjects[g.IntN(len(subjects))].Identities()
	if who.User != "system:anonymous" {
		who.Groups = append(slices.Clone(who.Groups), g.one("developers", "testers", "others", "others", "others"))
		if g.IntN(40) == 0 {
			who.Groups = append(who.Groups, "system:masters")
		}
	}
	return who
}

func (g serverGenerator) request() Request {
	if g.IntN(5) == 0 {
		return Request{Verb: g.one("get", "post"), Path: g.one("/metrics", "/logs/x", "/logs", "/debug/pprof", "/version", "/healthz", "/api")}
	}
	resource := g.one("pods", "pods", "nodes", "secrets", "deployments", "replicasets")
	r := Request{Verb: g.one("get", "list", "create", "delete"), Resource: resource, Namespace: g.one("one", "two", "")}
	if resource == "deployments" || resource == "replicasets" {
		r.Group = "apps"
	}
	if resource == "pods" {
		r.Subresource = g.one("", "", "exec", "log")
	}
	r.Name = g.one("", "a", "b")
	return r
}
