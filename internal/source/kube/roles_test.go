package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
	"holdfast.dev/holdfast/test/cluster"
)

// rule is one resource that one of the roles of deploy/rbac grants.
type rule struct{ role, group, resource string }

func load[T any](t *testing.T, file string) *T {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "deploy", "rbac", file))
	if err != nil {
		t.Fatal(err)
	}
	object := new(T)
	if err := yaml.UnmarshalStrict(data, object); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return object
}

func rulesOf(role *rbacv1.ClusterRole) []rule {
	var rules []rule
	for _, r := range role.Rules {
		for _, resource := range r.Resources {
			rules = append(rules, rule{role: role.Name, group: r.APIGroups[0], resource: resource})
		}
	}
	return rules
}

// install makes the API server serve the custom resources among the kinds.
func install(t *testing.T, c *cluster.Cluster, rules []rule) {
	t.Helper()
	client := admin(t, c)
	found, err := client.discover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	served := serving(found)
	for _, gk := range engine.Reads() {
		if len(served[gk]) > 0 {
			continue
		}
		plural := pluralIn(rules, gk)
		version, scope := "v1", "Namespaced"
		if info := kinds.NewTable().Find(gk.Group, gk.Kind); info != nil {
			version = info.Versions[0].Name
			if !info.Namespaced {
				scope = "Cluster"
			}
		}
		crd := fmt.Sprintf(`{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
			"metadata":{"name":"%[1]s.%[2]s","annotations":{"api-approved.kubernetes.io":"unapproved, of a test"}},
			"spec":{"group":"%[2]s","scope":"%[5]s","names":{"plural":"%[1]s","kind":"%[3]s"},"versions":[{"name":"%[4]s","served":true,"storage":true,
			"schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}]}}`, plural, gk.Group, gk.Kind, version, scope)
		if err := c.Client().CoreV1().RESTClient().Post().AbsPath("/apis/apiextensions.k8s.io/v1/customresourcedefinitions").
			Body([]byte(crd)).Do(t.Context()).Error(); err != nil {
			t.Fatalf("%s: %v", gk, err)
		}
	}
	await(t, "the custom resources to be served", func() string {
		found, err := client.discover(t.Context())
		if err != nil {
			return err.Error()
		}
		served := serving(found)
		for _, gk := range engine.Reads() {
			if len(served[gk]) == 0 {
				return gk.String()
			}
		}
		return ""
	})
}

// pluralIn finds the resource of a kind among the rules: theirs are the names that
// are put to the test.
func pluralIn(rules []rule, gk snapshot.GroupKind) string {
	best, most := "", 2
	for _, r := range rules {
		if alike := sharedPrefix(r.resource, strings.ToLower(gk.Kind)); r.group == gk.Group && abs(len(r.resource)-len(gk.Kind)) <= 2 && alike > most {
			best, most = r.resource, alike
		}
	}
	return best
}

func sharedPrefix(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

func abs(n int) int { return max(n, -n) }

func admin(t *testing.T, c *cluster.Cluster) *client {
	t.Helper()
	client, err := newClient(c.Config(), defaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// await asks until there is nothing left to say.
func await(t *testing.T, what string, ask func() string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		state := ask()
		if state == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s: %s", what, state)
		}
	}
}

// gapsAs reads every default kind and returns the gaps.
func gapsAs(t *testing.T, config *rest.Config) []model.Gap {
	t.Helper()
	return readAll(t, Options{Config: config, Kinds: engine.Reads()}).Gaps()
}

func createRole(t *testing.T, c *cluster.Cluster, role *rbacv1.ClusterRole, subjects ...rbacv1.Subject) {
	t.Helper()
	role, ctx := role.DeepCopy(), t.Context()
	if _, err := c.Client().RbacV1().ClusterRoles().Create(ctx, role, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: role.Name}, Subjects: subjects,
		RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name},
	}
	if _, err := c.Client().RbacV1().ClusterRoleBindings().Create(ctx, binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// The roles of deploy/rbac are enough for a scan and for questions, and each of their resources is
// needed.
func TestRolesAreEnoughAndMinimal(t *testing.T) {
	// PodCertificateRequests are not on by default, and their group is no custom one.
	c := cluster.Start(t, cluster.WithControllers(), cluster.WithFeatureGate("PodCertificateRequest", true),
		cluster.WithAPIServerArgs("--runtime-config=certificates.k8s.io/v1beta1=true"))
	reader := load[rbacv1.ClusterRole](t, "reader.yaml")
	secrets := load[rbacv1.ClusterRole](t, "reader-secrets.yaml")
	rules := slices.Concat(rulesOf(reader), rulesOf(secrets))
	install(t, c, rules)
	for _, role := range []*rbacv1.ClusterRole{reader, secrets} {
		for _, r := range role.Rules {
			if !slices.Equal(r.Verbs, []string{"list"}) || len(r.APIGroups) != 1 || slices.Contains(r.Resources, "*") {
				t.Errorf("%s grants %+v", role.Name, r)
			}
		}
	}

	c.Namespace(t, "holdfast")
	account := c.ServiceAccountConfig(t, "holdfast", "holdfast")
	if gaps := gapsAs(t, account); len(gaps) != len(engine.Reads()) {
		t.Errorf("without any role %d kinds of %d are gaps", len(gaps), len(engine.Reads()))
	}
	bind(t, c, reader, load[rbacv1.ClusterRoleBinding](t, "reader-binding.yaml"))
	await(t, "holdfast-reader to be enough without Secrets", func() string {
		gaps := gapsAs(t, account)
		if len(gaps) == 1 && gaps[0].Scope == (model.Scope{Kind: "Secret"}) {
			return ""
		}
		return fmt.Sprint(gaps)
	})
	want := `cannot list secrets (core) in all namespaces: user "system:serviceaccount:holdfast:holdfast" needs the verb list on secrets: grant the ClusterRole holdfast-reader-secrets (deploy/rbac)`
	if gaps := gapsAs(t, account); gaps[0].Reason != want {
		t.Errorf("%s", gaps[0].Reason)
	}
	bind(t, c, secrets, load[rbacv1.ClusterRoleBinding](t, "reader-secrets-binding.yaml"))
	await(t, "both roles to be enough", func() string {
		if gaps := gapsAs(t, account); len(gaps) > 0 {
			return fmt.Sprint(gaps)
		}
		return ""
	})
	minimal(t, c, rules)
}

func bind(t *testing.T, c *cluster.Cluster, role *rbacv1.ClusterRole, binding *rbacv1.ClusterRoleBinding) {
	t.Helper()
	if binding.RoleRef.Name != role.Name {
		t.Errorf("%s binds %s", binding.Name, binding.RoleRef.Name)
	}
	ctx := t.Context()
	if _, err := c.Client().RbacV1().ClusterRoles().Create(ctx, role, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Client().RbacV1().ClusterRoleBindings().Create(ctx, binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// minimal takes away one resource at a time, each from a user of its own.
func minimal(t *testing.T, c *cluster.Cluster, rules []rule) {
	t.Helper()
	for i, missing := range rules {
		role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("all-but-%d", i)}}
		for _, r := range rules {
			if r != missing {
				role.Rules = append(role.Rules, rbacv1.PolicyRule{APIGroups: []string{r.group}, Resources: []string{r.resource}, Verbs: []string{"list"}})
			}
		}
		createRole(t, c, role, rbacv1.Subject{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: fmt.Sprintf("reader-%d", i)})
	}
	for i, missing := range rules {
		config := c.ConfigFor(t, fmt.Sprintf("reader-%d", i))
		await(t, fmt.Sprintf("one gap without %s (%s)", missing.resource, missing.group), func() string {
			gaps := gapsAs(t, config)
			if len(gaps) == 1 && strings.HasPrefix(gaps[0].Reason, fmt.Sprintf("cannot list %s (%s) ", missing.resource, groupName(missing.group))) {
				return ""
			}
			return fmt.Sprint(gaps)
		})
	}
}

// A user of one namespace reads that namespace.
func TestOneNamespaceOnly(t *testing.T) {
	c := cluster.Start(t, cluster.WithControllers())
	c.Namespace(t, "team")
	reader := load[rbacv1.ClusterRole](t, "reader.yaml")
	reader.Name = "team-reader"
	ctx := t.Context()
	if _, err := c.Client().RbacV1().ClusterRoles().Create(ctx, reader, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	binding := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "reader"}, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: reader.Name},
		Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: "tim"}},
	}
	if _, err := c.Client().RbacV1().RoleBindings("team").Create(ctx, binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "nginx"}}}}
	for _, namespace := range []string{"team", "default"} {
		if _, err := c.Client().CoreV1().Pods(namespace).Create(ctx, pod, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	defer func() {
		_ = c.Client().CoreV1().Pods("default").Delete(context.Background(), "p", metav1.DeleteOptions{})
	}()
	config := c.ConfigFor(t, "tim")
	var s *snapshot.Snapshot
	await(t, "the RoleBinding to hold", func() string {
		s = readAll(t, Options{Config: config, Namespace: "team", Kinds: []snapshot.GroupKind{podKind, {Kind: "Namespace"}}})
		if len(s.Gaps()) == 1 {
			return ""
		}
		return fmt.Sprint(s.Gaps())
	})
	if gap := s.Gaps()[0]; gap.Scope.Kind != "Namespace" {
		t.Errorf("%+v", gap)
	}
	if pods := s.Objects(podKind); len(pods) != 1 || pods[0].Namespace != "team" {
		raw, _ := json.Marshal(pods)
		t.Errorf("%s", raw)
	}
	if !s.Listed(model.Scope{Kind: "Pod", Namespace: "team"}) || s.Listed(model.Scope{Kind: "Pod"}) {
		t.Error("the list of the namespace is not that of all")
	}
}
