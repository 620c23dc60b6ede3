package implied_test

import (
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/implied"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

func put(group, kind, namespace, name string) snapshot.Change {
	id := model.ID{Group: group, Kind: kind, Namespace: namespace, Name: name}
	return snapshot.Change{Put: &snapshot.Object{Ref: model.Ref{ID: id, Version: "v1"}}}
}

// Without RBAC nothing of it is implied, and nothing of it counts as listed.
func TestNoRBACIsImpliedOfOtherFiles(t *testing.T) {
	for _, change := range implied.OfFiles([]snapshot.Change{put("apps", "Deployment", "shop", "web")}) {
		if change.Put != nil && change.Put.Group == rbacv1.GroupName || change.Listed != nil && change.Listed.Group == rbacv1.GroupName {
			t.Errorf("unexpected %+v", change)
		}
	}
}

// With any role or binding the bootstrap policy is implied; what the files define
// themselves is theirs.
func TestBootstrapIsImplied(t *testing.T) {
	own := put(rbacv1.GroupName, "ClusterRole", "", "view")
	changes := []snapshot.Change{own}
	s := snapshot.New(snapshot.Settings{}, append(changes, implied.OfFiles(changes)...)...)
	v := s.View()
	for _, scope := range []string{"Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"} {
		if !v.Complete(model.Scope{Group: rbacv1.GroupName, Kind: scope}) {
			t.Errorf("%s is not listed", scope)
		}
	}
	if object, _, _ := snapshot.Get(v, kinds.ClusterRoles, "", "view"); object != own.Put {
		t.Error("the role of the files was replaced")
	}
	object, admin, presence := snapshot.Get(v, kinds.ClusterRoles, "", "admin")
	if presence != snapshot.Present || !object.Implied || admin.AggregationRule == nil {
		t.Errorf("admin: %v, %+v", presence, admin)
	}
	object, binding, presence := snapshot.Get(v, kinds.RoleBindings, "kube-system", "system::leader-locking-kube-scheduler")
	if presence != snapshot.Present || !object.Implied || len(binding.Subjects) == 0 {
		t.Errorf("a RoleBinding of kube-system: %v, %+v", presence, binding)
	}
}

func BenchmarkBootstrapRBAC(b *testing.B) {
	for b.Loop() {
		implied.BootstrapRBAC()
	}
}
