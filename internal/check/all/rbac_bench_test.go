package all

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/check/checktest"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
	"holdfast.dev/holdfast/internal/snapshot/implied"
)

// BenchmarkRBACFindings judges all RBAC of a running cluster with 2,000 service
// accounts, 3,000 bindings and 5,000 pods, from parsed objects: every technique,
// what follows from it, and every control on roles and bindings.
func BenchmarkRBACFindings(b *testing.B) {
	judgeRBAC(b, snapshot.Settings{Version: checktest.Newest(), Live: true}, rbacCluster(2000, 3000, 5000), 1000)
}

// BenchmarkRBACFindingsOfWildcards judges files in which 2,200 accounts of 1,000
// namespaces hold wildcards in the whole cluster: half of them every right, half
// every right on the resources of the usual groups.
func BenchmarkRBACFindingsOfWildcards(b *testing.B) {
	judgeRBAC(b, snapshot.Settings{Version: checktest.Newest()}, wildcards(2200, 1000), 2200)
}

func judgeRBAC(b *testing.B, settings snapshot.Settings, changes []snapshot.Change, atLeast int) {
	var checks []check.Check
	for _, c := range Checks() {
		if strings.HasPrefix(c.ID, "rbac-") {
			checks = append(checks, c)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		s := snapshot.New(settings, changes...)
		findings, _, gaps := check.Run(s, checks, check.Options{})
		if len(findings) < atLeast || len(gaps) > 0 {
			b.Fatal(len(findings), gaps)
		}
		b.ReportMetric(float64(len(findings)), "findings")
	}
}

// wildcards are bindings of accounts to ClusterRoles of their own, as files.
func wildcards(accounts, namespaces int) []snapshot.Change {
	var changes []snapshot.Change
	put := func(group, kind, namespace, name string, body any) {
		id := model.ID{Group: group, Kind: kind, Namespace: namespace, Name: name}
		changes = append(changes, snapshot.Change{Put: &snapshot.Object{Ref: model.Ref{ID: id, Version: "v1"}, Body: body}})
	}
	for _, object := range implied.BootstrapRBAC() {
		changes = append(changes, snapshot.Change{Put: &snapshot.Object{Ref: object.Ref, Body: object.Body}})
	}
	for i := range namespaces {
		name := fmt.Sprint("team-", i)
		put("", "Namespace", "", name, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
		put(rbacv1.GroupName, "RoleBinding", name, "view", &rbacv1.RoleBinding{
			Subjects: []rbacv1.Subject{{Kind: "Group", Name: name}}, RoleRef: rbacv1.RoleRef{Kind: "ClusterRole", Name: "view"},
		})
	}
	groups := [][]string{{"*"}, {"", "apps", "batch", rbacv1.GroupName, "networking.k8s.io", "storage.k8s.io"}}
	for i := range accounts {
		name, namespace := fmt.Sprint("app-", i), fmt.Sprint("team-", i%namespaces)
		rule := rbacv1.PolicyRule{APIGroups: groups[i%2], Resources: []string{"*"}, Verbs: []string{"*"}}
		put("", "ServiceAccount", namespace, name, &corev1.ServiceAccount{})
		put(rbacv1.GroupName, "ClusterRole", "", name, &rbacv1.ClusterRole{Rules: []rbacv1.PolicyRule{rule}})
		put(rbacv1.GroupName, "ClusterRoleBinding", "", name, &rbacv1.ClusterRoleBinding{
			Subjects: []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: namespace, Name: name}}, RoleRef: rbacv1.RoleRef{Kind: "ClusterRole", Name: name},
		})
	}
	return changes
}

// rbacCluster has namespaces of 20 accounts. One binding in ten counts in the whole
// cluster, and one in three gives a role of its own.
func rbacCluster(accounts, bindings, pods int) []snapshot.Change {
	var changes []snapshot.Change
	put := func(group, kind, namespace, name string, body any) {
		id := model.ID{Group: group, Kind: kind, Namespace: namespace, Name: name}
		changes = append(changes, snapshot.Change{Put: &snapshot.Object{Ref: model.Ref{ID: id, Version: "v1"}, Body: body}})
	}
	for _, info := range document.NewDecoder("").Kinds.All() {
		changes = append(changes, snapshot.Change{Listed: &model.Scope{Group: info.Group, Kind: info.Kind}})
	}
	for _, object := range implied.BootstrapRBAC() {
		changes = append(changes, snapshot.Change{Put: &snapshot.Object{Ref: object.Ref, Body: object.Body}})
	}
	team := func(account int) string { return fmt.Sprint("team-", account/20) }
	for i := range accounts {
		if i%20 == 0 {
			put("", "Namespace", "", team(i), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
				Name: team(i), Labels: map[string]string{"pod-security.kubernetes.io/enforce": []string{"restricted", "baseline", "privileged"}[i/20%3]},
			}})
		}
		name := fmt.Sprint("app-", i)
		put("", "ServiceAccount", team(i), name, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: team(i), Name: name}})
	}
	for i := range 200 {
		name := fmt.Sprint("shared-", i)
		put(rbacv1.GroupName, "ClusterRole", "", name, &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: name}, Rules: benchRules(i)})
	}
	for i := range bindings {
		account := i % accounts
		name := fmt.Sprint("binding-", i)
		subjects := []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: team(account), Name: fmt.Sprint("app-", account)}}
		ref := rbacv1.RoleRef{Kind: "ClusterRole", Name: fmt.Sprint("shared-", i%200)}
		if i%10 == 0 {
			put(rbacv1.GroupName, "ClusterRoleBinding", "", name, &rbacv1.ClusterRoleBinding{Subjects: subjects, RoleRef: ref})
			continue
		}
		if i%3 == 0 {
			ref = rbacv1.RoleRef{Kind: "Role", Name: name}
			put(rbacv1.GroupName, "Role", team(account), name, &rbacv1.Role{Rules: benchRules(i)})
		}
		put(rbacv1.GroupName, "RoleBinding", team(account), name, &rbacv1.RoleBinding{Subjects: subjects, RoleRef: ref})
	}
	for i := range pods {
		account, name := i%accounts, fmt.Sprint("pod-", i)
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: team(account), Name: name}}
		pod.Spec.ServiceAccountName = fmt.Sprint("app-", account)
		pod.Spec.Containers = []corev1.Container{{Name: "app", Image: "registry.example.com/app:1"}}
		put("", "Pod", team(account), name, pod)
	}
	return changes
}

// benchRules are what operators and teams ask for: mostly reading, some writing, a
// secret here and there.
func benchRules(i int) []rbacv1.PolicyRule {
	resources := []string{"pods", "services", "configmaps", "secrets", "events", "endpoints", "pods/log", "pods/exec", "deployments", "jobs"}
	verbs := [][]string{{"get", "list", "watch"}, {"get", "list", "watch"}, {"create", "update", "patch", "delete"}, {"get"}}
	rules := make([]rbacv1.PolicyRule, 1+i%6)
	for j := range rules {
		rules[j] = rbacv1.PolicyRule{
			APIGroups: []string{"", "apps", "batch"}, Verbs: verbs[(i+j)%4],
			Resources: []string{resources[(i+j)%10], resources[(i+3*j)%10]},
		}
	}
	return rules
}
