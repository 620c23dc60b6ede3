package least

import (
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// manifests are a Deployment that runs as web, with or without a token, a custom
// resource, and what RBAC objects are given.
func manifests(spec corev1.PodSpec, bodies ...any) *snapshot.View {
	changes := clusterOf(bodies...).Snapshot().Changes()
	put := func(group, kind, namespace, name string, body any) {
		id := model.ID{Group: group, Kind: kind, Namespace: namespace, Name: name}
		changes = append(changes, snapshot.Change{Put: &snapshot.Object{Ref: model.Ref{ID: id, Version: "v1"}, Body: body}},
			snapshot.Change{Listed: &model.Scope{Group: group, Kind: kind}})
	}
	deployment := &appsv1.Deployment{ObjectMeta: meta("shop", "web")}
	deployment.Spec.Template.Spec = spec
	put("apps", "Deployment", "shop", "web", deployment)
	put("", "ServiceAccount", "shop", "web", &corev1.ServiceAccount{ObjectMeta: meta("shop", "web")})
	put("apiextensions.k8s.io", "CustomResourceDefinition", "", "carts.example.com", snapshot.JSON(
		`{"spec":{"group":"example.com","scope":"Namespaced","names":{"plural":"carts"},"versions":[{"served":true,"subresources":{"status":{}}},{"served":false,"subresources":{"scale":{}}}]}}`))
	return snapshot.New(snapshot.Settings{}, changes...).View()
}

func asWeb() corev1.PodSpec { return corev1.PodSpec{ServiceAccountName: "web"} }

func bindWeb(kind string, rules ...rbacv1.PolicyRule) []any {
	subjects := []rbacv1.Subject{{Kind: "ServiceAccount", Name: "web", Namespace: "shop"}}
	if kind == "ClusterRole" {
		return []any{rbacv1.ClusterRole{ObjectMeta: meta("", "r"), Rules: rules},
			rbacv1.ClusterRoleBinding{ObjectMeta: meta("", "b"), RoleRef: roleRef(kind, "r"), Subjects: subjects}}
	}
	return []any{rbacv1.Role{ObjectMeta: meta("shop", "r"), Rules: rules},
		rbacv1.RoleBinding{ObjectMeta: meta("shop", "b"), RoleRef: roleRef(kind, "r"), Subjects: subjects}}
}

func rule(verbs, group, resources string, objects ...string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{Verbs: strings.Split(verbs, ","), APIGroups: []string{group}, Resources: strings.Split(resources, ","), ResourceNames: objects}
}

func TestFromManifests(t *testing.T) {
	const everyVerb = "get list watch create update patch delete deletecollection"
	tests := map[string]struct {
		kind  string
		rules []rbacv1.PolicyRule
		want  string
		lost  string
	}{
		"a custom wildcard":      {"Role", []rbacv1.PolicyRule{rule("*", "example.com", "*")}, "[" + everyVerb + "] [example.com] [carts] [] []\n[get update patch] [example.com] [carts/status] [] []", ""},
		"verbs that are not":     {"Role", []rbacv1.PolicyRule{rule("get,list,create", "", "pods/log")}, "[get] [] [pods/log] [] []", ""},
		"covered by another":     {"Role", []rbacv1.PolicyRule{rule("get", "", "pods"), rule("get", "", "pods", "a")}, "[get] [] [pods] [] []", ""},
		"of the cluster":         {"Role", []rbacv1.PolicyRule{rule("get", "", "nodes"), rule("get", "", "pods")}, "[get] [] [pods] [] []", ""},
		"its own namespace":      {"Role", []rbacv1.PolicyRule{rule("get,list", "", "namespaces")}, "[get] [] [namespaces] [shop] []", ""},
		"bind stays":             {"Role", []rbacv1.PolicyRule{rule("bind,get", "rbac.authorization.k8s.io", "clusterroles", "view")}, "[bind] [rbac.authorization.k8s.io] [clusterroles] [view] []", ""},
		"a wildcard binds not":   {"Role", []rbacv1.PolicyRule{rule("*", "rbac.authorization.k8s.io", "roles")}, "[" + everyVerb + "] [rbac.authorization.k8s.io] [roles] [] []", ""},
		"impersonation":          {"ClusterRole", []rbacv1.PolicyRule{rule("impersonate", "", "users", "jane")}, "[impersonate] [] [users] [jane] []", ""},
		"of the kubelet":         {"ClusterRole", []rbacv1.PolicyRule{rule("get", "", "nodes/metrics")}, "[get] [] [nodes/metrics] [] []", ""},
		"of another API server":  {"ClusterRole", []rbacv1.PolicyRule{rule("get", "metrics.k8s.io", "pods")}, "[get] [metrics.k8s.io] [pods] [] []", ""},
		"a subresource wildcard": {"Role", []rbacv1.PolicyRule{rule("*", "apps", "*/scale")}, "[get update patch] [apps] [deployments/scale replicasets/scale statefulsets/scale] [] []", ""},
		"an unknown wildcard":    {"Role", []rbacv1.PolicyRule{rule("get", "what.example.com", "*"), rule("get", "", "pods")}, "[get] [] [pods] [] []", `get *.what.example.com in shop: no resource of that name is known in group "what.example.com": supply its CustomResourceDefinition`},
		"URLs": {"ClusterRole", []rbacv1.PolicyRule{{Verbs: []string{"get"}, NonResourceURLs: []string{"/metrics", "/logs/*"}}}, "[get] [] [] [] [/metrics]",
			"get /logs/*: what a wildcard of URLs stands for is not known"},
		"URLs in a Role": {"Role", []rbacv1.PolicyRule{{Verbs: []string{"get"}, NonResourceURLs: []string{"/metrics"}}, rule("get", "", "pods")}, "[get] [] [pods] [] []", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			subject := web()
			results, gaps := FromManifests(manifests(asWeb(), bindWeb(test.kind, test.rules...)...), &subject)
			if len(results) != 1 || len(gaps) > 0 {
				t.Fatalf("%d results, %v", len(results), gaps)
			}
			r := results[0]
			got := ""
			for i := range r.ClusterRoles {
				got += rulesText(r.ClusterRoles[i].Rules)
			}
			for i := range r.Roles {
				got += rulesText(r.Roles[i].Rules)
			}
			lost := ""
			for _, l := range r.Proof.Lost {
				lost += l.String() + ": " + l.Reason
			}
			if got != test.want || lost != test.lost {
				t.Errorf("got\n%s\nlost %s", got, lost)
			}
			if r.Proof.Kept != r.Proof.Requests || r.Proof.Covered != rbac.Allows {
				t.Errorf("the proof fails: %+v", r.Proof)
			}
		})
	}
}

// An account that no pod runs as, or whose pods get no token, needs nothing; one of
// which that is not sure keeps its rights.
func TestNeedless(t *testing.T) {
	no := false
	silent := corev1.PodSpec{ServiceAccountName: "web", AutomountServiceAccountToken: &no}
	projected, secret := silent, silent
	projected.Volumes = []corev1.Volume{{VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: []corev1.VolumeProjection{{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{Path: "token"}}}}}}}
	secret.Volumes = []corev1.Volume{{VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "perhaps-a-token"}}}}
	for name, test := range map[string]struct {
		spec corev1.PodSpec
		want string
	}{
		"mounted": {asWeb(), ""}, "projected": {projected, ""}, "a secret": {secret, ""},
		"no token": {silent, "no pod that runs as it gets a token"}, "another": {corev1.PodSpec{}, "no workload runs as it"},
	} {
		t.Run(name, func(t *testing.T) {
			view := manifests(test.spec, bindWeb("Role", rule("get", "", "pods"))...)
			results, _ := FromManifests(view, nil)
			if len(results) != 1 || results[0].Note != test.want || results[0].Empty() != (test.want != "") {
				t.Errorf("got %+v", results)
			}
			// With workloads that could not be read it is not sure.
			unread := snapshot.New(snapshot.Settings{}, slices.Concat(view.Snapshot().Changes(), []snapshot.Change{{Gap: &model.Gap{Scope: model.Scope{Kind: "Pod"}, Reason: "broken"}}})...).View()
			if results, _ = FromManifests(unread, nil); results[0].Empty() {
				t.Errorf("with pods unread: %+v", results[0])
			}
		})
	}
}
