package rbac_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/kubernetes/pkg/registry/rbac/validation"
	upstream "k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

const (
	policies   = 4000
	perPolicy  = 500
	goroutines = 2
)

// What Holdfast says of 2,000,000 requests over 4,000 generated policies is what
// the authorizer of Kubernetes says.
func TestAgainstTheAuthorizer(t *testing.T) {
	var wg sync.WaitGroup
	var allowed [goroutines]int
	for worker := range goroutines {
		wg.Go(func() {
			for i := worker; i < policies && !t.Failed(); i += goroutines {
				allowed[worker] += compare(t, uint64(i))
			}
		})
	}
	wg.Wait()
	total := 0
	for _, n := range allowed {
		total += n
	}
	t.Logf("%d requests, %d of them allowed", policies*perPolicy, total)
	if share := total * 100 / (policies * perPolicy); share < 5 || share > 90 {
		t.Errorf("%d %% of the requests are allowed: the test proves little", share)
	}
}

// compare asks both about the requests of one policy, and counts what is allowed.
func compare(t *testing.T, seed uint64) int {
	g := &generator{rand.New(rand.NewPCG(seed, 1))}
	p := g.policy()
	_, static := validation.NewTestRuleResolver(p.roles, p.roleBindings, p.clusterRoles, p.clusterRoleBindings)
	theirs := upstream.New(static, static, static, static)
	view := snapshot.New(snapshot.Settings{}, p.changes()...).View()
	allowed := 0
	for range perPolicy {
		who, r := g.ask(p)
		decision, reason, err := theirs.Authorize(context.Background(), attributes(who, r))
		if err != nil {
			t.Errorf("policy %d: %v", seed, err)
			return allowed
		}
		want := rbac.Denies
		if decision == authorizer.DecisionAllow {
			want = rbac.Allows
			allowed++
		}
		ours := rbac.Authorize(view, who, r)
		if ours.Verdict != want || !sound(t, &ours, view, r) {
			t.Errorf("policy %d: %+v asks %+v: ours %s, theirs %s (%s)", seed, who, r, ours.Verdict, want, reason)
			return allowed
		}
	}
	return allowed
}

// sound reports whether every grant is one of those of WhoCan.
func sound(t *testing.T, d *rbac.Decision, view *snapshot.View, r rbac.Request) bool {
	if len(d.Grants) == 0 {
		return true
	}
	all, complete := rbac.WhoCan(view, r)
	known := map[string]bool{}
	for i := range all {
		known[key(&all[i])] = true
	}
	for i := range d.Grants {
		if !known[key(&d.Grants[i])] {
			t.Errorf("WhoCan lacks %+v", d.Grants[i])
			return false
		}
	}
	return complete
}

func key(g *rbac.Grant) string {
	if g.Authorizer != rbac.RBACAuthorizer {
		return fmt.Sprint(g.Authorizer, g.Subject)
	}
	return fmt.Sprint(g.Binding.ID, g.SubjectIndex, g.Source.ID, g.RuleIndex)
}

func attributes(who rbac.Identity, r rbac.Request) authorizer.AttributesRecord {
	return authorizer.AttributesRecord{
		User: &user.DefaultInfo{Name: who.User, Groups: who.Groups},
		Verb: r.Verb, Namespace: r.Namespace, APIGroup: r.Group, Resource: r.Resource, Subresource: r.Subresource,
		Name: r.Name, ResourceRequest: r.Path == "", Path: r.Path,
	}
}

// generated is a policy without aggregation, of which the authorizer knows nothing.
type generated struct {
	roles               []*rbacv1.Role
	roleBindings        []*rbacv1.RoleBinding
	clusterRoles        []*rbacv1.ClusterRole
	clusterRoleBindings []*rbacv1.ClusterRoleBinding
}

func (p *generated) changes() []snapshot.Change {
	var changes []snapshot.Change
	add := func(kind string, meta metav1.ObjectMeta, body any) {
		id := model.ID{Group: rbacv1.GroupName, Kind: kind, Namespace: meta.Namespace, Name: meta.Name}
		changes = append(changes, snapshot.Change{Put: &snapshot.Object{Ref: model.Ref{ID: id}, Body: body}})
	}
	for _, o := range p.roles {
		add("Role", o.ObjectMeta, o)
	}
	for _, o := range p.roleBindings {
		add("RoleBinding", o.ObjectMeta, o)
	}
	for _, o := range p.clusterRoles {
		add("ClusterRole", o.ObjectMeta, o)
	}
	for _, o := range p.clusterRoleBindings {
		add("ClusterRoleBinding", o.ObjectMeta, o)
	}
	for _, kind := range []string{"Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"} {
		changes = append(changes, snapshot.Change{Listed: &model.Scope{Group: rbacv1.GroupName, Kind: kind}})
	}
	return changes
}
