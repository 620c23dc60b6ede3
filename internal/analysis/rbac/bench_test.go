package rbac

import (
	"fmt"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/implied"
)

// largeCluster has service accounts in namespaces of 20, and bindings of which one
// in ten is a ClusterRoleBinding and one in three gives a role of its own.
func largeCluster(accounts, count int) *snapshot.Snapshot {
	changes := everything()
	for _, object := range implied.BootstrapRBAC() {
		changes = append(changes, snapshot.Change{Put: object})
	}
	put := func(kind, namespace, name string, body any) {
		id := model.ID{Group: rbacv1.GroupName, Kind: kind, Namespace: namespace, Name: name}
		changes = append(changes, snapshot.Change{Put: &snapshot.Object{Ref: model.Ref{ID: id}, Body: body}})
	}
	for i := range 200 {
		name := fmt.Sprint("shared-", i)
		put("ClusterRole", "", name, &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: name}, Rules: someRules(i)})
	}
	for i := range count {
		account := i % accounts
		namespace, name := fmt.Sprint("team-", account/20), fmt.Sprint("binding-", i)
		subjects := []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: namespace, Name: fmt.Sprint("app-", account)}}
		ref := rbacv1.RoleRef{Kind: "ClusterRole", Name: fmt.Sprint("shared-", i%200)}
		if i%10 == 0 {
			put("ClusterRoleBinding", "", name, &rbacv1.ClusterRoleBinding{Subjects: subjects, RoleRef: ref})
			continue
		}
		if i%3 == 0 {
			ref = rbacv1.RoleRef{Kind: "Role", Name: name}
			put("Role", namespace, name, &rbacv1.Role{Rules: someRules(i)})
		}
		put("RoleBinding", namespace, name, &rbacv1.RoleBinding{Subjects: subjects, RoleRef: ref})
	}
	return snapshot.New(snapshot.Settings{}, changes...)
}

func someRules(i int) []rbacv1.PolicyRule {
	resources := []string{"pods", "services", "configmaps", "secrets", "events", "endpoints", "pods/log", "pods/exec"}
	rules := make([]rbacv1.PolicyRule, 1+i%6)
	for j := range rules {
		rules[j] = rbacv1.PolicyRule{
			APIGroups: []string{""}, Verbs: []string{"get", "list", "watch"},
			Resources: []string{resources[(i+j)%8], resources[(i+3*j)%8]},
		}
	}
	return rules
}

func app(i int) Subject {
	return Subject{Kind: "ServiceAccount", Namespace: fmt.Sprint("team-", i/20), Name: fmt.Sprint("app-", i)}
}

// BenchmarkIndex makes the index of all namespaces.
func BenchmarkIndex(b *testing.B) {
	for _, count := range []int{3000, 50000} {
		s := largeCluster(2000, count)
		b.Run(fmt.Sprint(count, "-bindings"), func(b *testing.B) {
			for b.Loop() {
				v := snapshot.New(snapshot.Settings{}, s.Changes()...).View()
				Dangling(v)
			}
		})
	}
}

func BenchmarkAllowed(b *testing.B) {
	v := largeCluster(2000, 3000).View()
	for name, r := range map[string]Request{"allowed": request("get pods/log web -n team-5"), "denied": request("create pods/exec web -n team-5")} {
		b.Run(name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				Allowed(v, app(100+i%20), r)
			}
		})
	}
}

// BenchmarkWhoCan asks of 50,000 ClusterRoleBindings, the most that one question can
// meet, of the same number over many namespaces, and of one role for each binding.
func BenchmarkWhoCan(b *testing.B) {
	few, many := request("get secrets db -n team-5"), request("get nodes")
	for name, s := range map[string]*snapshot.Snapshot{
		"namespaces": largeCluster(2000, 50000), "cluster": clusterWide(50000, 200), "own-roles": clusterWide(50000, 50000),
	} {
		v := s.View()
		for request, r := range map[string]Request{"few": few, "none": many} {
			b.Run(name+"/"+request, func(b *testing.B) {
				for b.Loop() {
					WhoCan(v, r)
				}
			})
		}
	}
}

func BenchmarkRules(b *testing.B) {
	v := largeCluster(2000, 3000).View()
	for i := 0; b.Loop(); i++ {
		Rules(v, app(i%2000))
	}
}

// clusterWide has ClusterRoleBindings only.
func clusterWide(count, roles int) *snapshot.Snapshot {
	changes := everything()
	put := func(kind, name string, body any) {
		id := model.ID{Group: rbacv1.GroupName, Kind: kind, Name: name}
		changes = append(changes, snapshot.Change{Put: &snapshot.Object{Ref: model.Ref{ID: id}, Body: body}})
	}
	for i := range roles {
		put("ClusterRole", fmt.Sprint("role-", i), &rbacv1.ClusterRole{Rules: someRules(i)})
	}
	for i := range count {
		put("ClusterRoleBinding", fmt.Sprint("binding-", i), &rbacv1.ClusterRoleBinding{
			Subjects: []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: "team", Name: fmt.Sprint("app-", i)}},
			RoleRef:  rbacv1.RoleRef{Kind: "ClusterRole", Name: fmt.Sprint("role-", i%roles)},
		})
	}
	return snapshot.New(snapshot.Settings{}, changes...)
}

// Questions stay fast with 50,000 bindings, and with a hundred thousand rules in a
// role that aggregates and is aggregated. The bounds are wide: the figures are
// those of the benchmarks.
func TestLargePoliciesAreFast(t *testing.T) {
	v := clusterWide(50000, 50000).View()
	r := request("get secrets db -n team-5")
	grants, _ := WhoCan(v, r) // makes the index
	if len(grants) < 10000 {
		t.Fatalf("only %d grants", len(grants))
	}
	if took := fastest(5, func() { WhoCan(v, r) }); took > 250*time.Millisecond {
		t.Errorf("WhoCan took %v", took)
	}
	rules := make([]rbacv1.PolicyRule, 100_000)
	for i := range rules {
		rules[i] = rbacv1.PolicyRule{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{fmt.Sprint("kind-", i)}}
	}
	changes := append(decode(t, aggregated("a x x -", "b x x -")), everything()...)
	for i := range changes {
		if o := changes[i].Put; o != nil && o.Name == "a" {
			o.Body.(*rbacv1.ClusterRole).Rules = rules
		}
	}
	v = snapshot.New(snapshot.Settings{}, changes...).View()
	if d := Allowed(v, jane(), request("get kind-99999")); d.Verdict != Allows || d.Grants[0].RuleIndex != 99999 {
		t.Fatalf("%+v", d)
	}
	if took := fastest(5, func() { Allowed(v, jane(), request("get kind-x")) }); took > 100*time.Millisecond {
		t.Errorf("Allowed took %v", took)
	}
}

func fastest(times int, f func()) time.Duration {
	best := time.Hour
	for range times {
		start := time.Now()
		f()
		best = min(best, time.Since(start))
	}
	return best
}
