package live

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"holdfast.dev/holdfast/test/cluster"
)

// inhabit makes the namespaces, Services and workloads that the tests ask about.
func inhabit(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	create(t, c, filepath.Join("testdata", "network", "base.yaml"))
	deploy(t, c, "shop", "web", istio, istio)
	deploy(t, c, "shop", "api", istio, istio)
	deploy(t, c, "shop", "done", istio, completed)
	deploy(t, c, "shop", "old", noProxy) // older than the label of its namespace
	deploy(t, c, "shop", "idle")         // scaled to nothing
	deploy(t, c, "ambient", "front", ztunnel)
	deploy(t, c, "ambient", "back", ztunnel, ztunnel)
	deploy(t, c, "books", "webapp", linkerd)
	deploy(t, c, "books", "authors", linkerd, linkerd)
	for _, namespace := range []string{"plain", "guarded"} {
		deploy(t, c, namespace, "client", noProxy)
		deploy(t, c, namespace, "server", noProxy, noProxy)
	}
}

// installAll installs every kind that testdata/network/policies.yaml has, and Calico's.
func installAll(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	define(t, c, slices.Concat(istioDefinitions(), linkerdDefinitions(), adminDefinitions(), ciliumDefinitions(), calicoDefinitions())...)
	defineFrom(t, c, "sigs.k8s.io/network-policy-api", "config/crd/standard")
	defineFrom(t, c, "sigs.k8s.io/gateway-api", "config/crd/standard")
}

// grant makes a ClusterRole of the same name for a user, and returns him.
func grant(t *testing.T, c *cluster.Cluster, name string, rules []rbacv1.PolicyRule) *user {
	t.Helper()
	ctx, rbac := t.Context(), c.Client().RbacV1()
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: name}, Rules: rules}
	if _, err := rbac.ClusterRoles().Create(ctx, role, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name}, Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: name}},
		RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: name},
	}
	if _, err := rbac.ClusterRoleBindings().Create(ctx, binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	return as(t, c, c.ConfigFor(t, name))
}

// reader are the rules of the role that deploy/rbac gives to Holdfast.
func reader(t *testing.T) []rbacv1.PolicyRule {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "deploy", "rbac", "reader.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var role rbacv1.ClusterRole
	if err := yaml.UnmarshalStrict(text, &role); err != nil {
		t.Fatal(err)
	}
	return role.Rules
}

// without takes RESOURCE.GROUP out of rules.
func without(rules []rbacv1.PolicyRule, name string) []rbacv1.PolicyRule {
	resource, group, _ := strings.Cut(name, ".")
	var left []rbacv1.PolicyRule
	for _, rule := range rules {
		if rule.APIGroups[0] == group {
			rule.Resources = slices.DeleteFunc(slices.Clone(rule.Resources), func(r string) bool { return r == resource })
		}
		if len(rule.Resources) > 0 {
			left = append(left, rule)
		}
	}
	return left
}

// TestNetworkOnTheServer asks the questions of net about one cluster with every mesh and
// every kind of policy that its API server can serve, but Calico's.
func TestNetworkOnTheServer(t *testing.T) {
	c := cluster.Start(t) // without controllers, which would make and unmake pods
	inhabit(t, c)
	admin := as(t, c, c.Config())
	t.Run("without custom resources", func(t *testing.T) { answers(t, admin) })
	installAll(t, c)
	create(t, c, filepath.Join("testdata", "network", "gateways.yaml"))
	if stdout, stderr, status := admin.run("snapshot", "save", "before.hf"); status != 0 {
		t.Fatalf("%s%s", stdout, stderr)
	}
	create(t, c, filepath.Join("testdata", "network", "policies.yaml"))
	var whole map[string]facts
	t.Run("verdicts", func(t *testing.T) {
		whole = answers(t, admin)
		decided(t, whole)
	})
	t.Run("reader", func(t *testing.T) { suffices(t, c, admin) })
	t.Run("saved", func(t *testing.T) { savedAnswers(t, admin) })
	for _, hidden := range hiddenKinds() {
		t.Run("without "+hidden.resource, func(t *testing.T) { hide(t, c, &hidden, whole) })
	}
	t.Run("without some", func(t *testing.T) { hideSome(t, filepath.Join(admin.home, "after.hf"), whole) })
	t.Run("half a rollout", func(t *testing.T) { halfInjected(t, c, admin) })
}

// answers asks every question of somebody who may list everything.
func answers(t *testing.T, u *user) map[string]facts {
	t.Helper()
	whole := map[string]facts{}
	for question, read := range questions() {
		items, gaps, status := u.ask(question)
		whole[question] = read(t, items)
		if status != 0 || len(gaps) > 0 || len(items) == 0 {
			t.Errorf("net %s: status %d, %d items, gaps %q", question, status, len(items), gaps)
		}
	}
	return whole
}

// decided checks a verdict of each kind of policy.
func decided(t *testing.T, whole map[string]facts) {
	t.Helper()
	for _, want := range []struct{ question, about, verdict, by string }{
		{"list", "shop/web[Deployment] to shop/api[Deployment] TCP 8080", "allowed", "AuthorizationPolicy of Istio"},
		{"list", "shop/done[Deployment] to shop/api[Deployment] TCP 8080", "", "AuthorizationPolicy of Istio"},
		{"list", "plain/client[Deployment] to shop/web[Deployment] TCP 8080", "", "PeerAuthentication"},
		{"list", "plain/client[Deployment] to shop/old[Deployment] TCP 8080", "allowed", "pods without a proxy"},
		{"list", "plain/client[Deployment] to ambient/back[Deployment] TCP 8080", "", "AuthorizationPolicy of Istio, ambient"},
		{"list", "ambient/front[Deployment] to ambient/back[Deployment] TCP 8080", "allowed", "AuthorizationPolicy of Istio, ambient"},
		{"list", "books/webapp[Deployment] to books/authors[Deployment] TCP 8080", "allowed", "AuthorizationPolicy of Linkerd"},
		{"list", "plain/client[Deployment] to books/authors[Deployment] TCP 8080", "", "Server"},
		{"list", "plain/client[Deployment] to guarded/client[Deployment] TCP 8080", "", "AdminNetworkPolicy"},
		{"list", "guarded/client[Deployment] to plain/client[Deployment] TCP 8080", "", "BaselineAdminNetworkPolicy"},
		{"list", "guarded/client[Deployment] to books/webapp[Deployment] TCP 8080", "", "ClusterNetworkPolicy"},
		{"list", "guarded/client[Deployment] to guarded/server[Deployment] TCP 8080", "allowed", "CiliumNetworkPolicy"},
		{"list", "shop/old[Deployment] to guarded/server[Deployment] TCP 8080", "", "CiliumNetworkPolicy"},
		{"list", "plain/client[Deployment] to plain/server[Deployment] TCP 8080", "allowed", "NetworkPolicy"},
		{"list", "shop/old[Deployment] to plain/server[Deployment] TCP 8080", "", "NetworkPolicy"},
		{"list", "{ingress-controller} to ambient/front[Deployment] TCP 8080", "allowed", "HTTPRoute"},
		{"mtls", "shop/web[Deployment] to shop/api[Deployment] 8080 transport", "mtls", "PeerAuthentication"},
		{"mtls", "shop/web[Deployment] to shop/done[Deployment] 8080 transport", "mtls", "the pod that runs"},
		{"mtls", "shop/web[Deployment] to shop/idle[Deployment] 8080 transport", "mtls", "the label of the namespace"},
		{"mtls", "shop/web[Deployment] to shop/old[Deployment] 8080 transport", "not-meshed", "pods without a proxy"},
		{"mtls", "plain/client[Deployment] to shop/api[Deployment] 8080 transport", "broken", "PeerAuthentication"},
		{"exposure", "in plain/client ", "not-exposed", "nothing leads there"},
		{"exposure", "in shop/nobody ", "broken", "a Service without pods"},
		{"exposure", "in ambient/front ", "exposed", "HTTPRoute"},
		{"exposure", "in shop/api ", "denied not-exposed", "PeerAuthentication"},
	} {
		if got := whole[want.question][want.about]; got != want.verdict {
			t.Errorf("net %s: %s is %q, not %q: %s", want.question, want.about, got, want.verdict, want.by)
		}
	}
}

// suffices checks that the role of deploy/rbac answers as cluster-admin does.
func suffices(t *testing.T, c *cluster.Cluster, admin *user) {
	reader := grant(t, c, "network-reader", reader(t))
	await(t, "the reader's rights", func() string {
		_, gaps, _ := reader.ask("list")
		return strings.Join(gaps, "; ")
	})
	for question := range questions() {
		want, _, _ := admin.run("net", question)
		if got, stderr, status := reader.run("net", question); status != 0 || !bytes.Equal(got, want) {
			t.Errorf("net %s: status %d, %s\n%s", question, status, stderr, firstDifference(want, got))
		}
	}
}

// savedAnswers checks that a snapshot answers as the cluster does, to the byte, and what
// the policies have changed since one was saved.
func savedAnswers(t *testing.T, admin *user) {
	if stdout, stderr, status := admin.run("snapshot", "save", "after.hf"); status != 0 {
		t.Fatalf("%s%s", stdout, stderr)
	}
	for _, args := range [][]string{
		{"list"}, {"list", "-o", "json"}, {"list", "-n", "shop", "-o", "html"}, {"mtls"}, {"mtls", "-o", "json"}, {"exposure"}, {"exposure", "-o", "json"},
		{"explain", "shop/web", "shop/api"}, {"explain", "plain/client", "guarded/server", "8080", "-o", "json"},
	} {
		args = append([]string{"net"}, args...)
		want, _, status := admin.run(args...)
		got, stderr, savedStatus := admin.run(append(args, "-f", "after.hf")...)
		if !bytes.Equal(got, want) || status != savedStatus {
			t.Errorf("%v: status %d and %d, %s\n%s", args, status, savedStatus, stderr, firstDifference(want, got))
		}
	}
	stdout, stderr, status := admin.run("net", "diff", "--fail-on-new", "before.hf", "after.hf", "-o", "csv")
	if status != 0 || !bytes.Contains(stdout, []byte("lost,shop/old[Deployment],plain/server[Deployment],TCP,1,65535,allowed,denied")) || bytes.Contains(stdout, []byte("gained")) {
		t.Errorf("status %d, %s%s", status, stdout, stderr)
	}
	if stdout, stderr, status = admin.run("net", "diff", "--fail-on-new", "after.hf", "before.hf"); status != 1 {
		t.Errorf("backwards: status %d, %s%s", status, stdout, stderr)
	}
}

// hiddenKind is a resource that somebody may not list, and a connection about which it
// could say something: its verdict is not known.
type hiddenKind struct{ resource, src, dst string }

func hiddenKinds() []hiddenKind {
	return []hiddenKind{
		{"authorizationpolicies.security.istio.io", "shop/web", "shop/api"},
		{"peerauthentications.security.istio.io", "plain/client", "shop/web"},
		{"servers.policy.linkerd.io", "plain/client", "books/authors"},
		{"authorizationpolicies.policy.linkerd.io", "books/webapp", "books/authors"},
		{"networkpolicies.networking.k8s.io", "plain/client", "plain/server"},
		{"adminnetworkpolicies.policy.networking.k8s.io", "plain/client", "guarded/client"},
		{"baselineadminnetworkpolicies.policy.networking.k8s.io", "guarded/client", "plain/client"},
		{"clusternetworkpolicies.policy.networking.k8s.io", "guarded/client", "books/webapp"},
		{"ciliumnetworkpolicies.cilium.io", "shop/old", "guarded/server"},
		{"httproutes.gateway.networking.k8s.io", "{ingress-controller}", "ambient/front"},
		{"namespaces", "plain/client", "shop/idle"},
		{"configmaps", "shop/web", "shop/api"},
		{"services", "shop/done", "shop/web"},
		{"pods", "plain/client", "shop/old"},
		{"replicasets.apps", "plain/client", "shop/old"},
	}
}

// hide asks as somebody who may list all but one kind.
func hide(t *testing.T, c *cluster.Cluster, hidden *hiddenKind, whole map[string]facts) {
	u := grant(t, c, "without-"+hidden.resource, without(reader(t), hidden.resource))
	resource, _, _ := strings.Cut(hidden.resource, ".")
	told := func(gaps []string) bool {
		return len(gaps) == 1 && strings.HasPrefix(gaps[0], "cannot list "+resource+" (") && strings.Contains(gaps[0], "needs the verb list on "+hidden.resource+": grant the ClusterRole holdfast-reader")
	}
	await(t, "the rights of "+hidden.resource, func() string {
		if _, gaps, _ := u.ask("list"); !told(gaps) {
			return strings.Join(gaps, "; ")
		}
		return ""
	})
	for question, read := range questions() {
		items, gaps, status := u.ask(question)
		if status != 2 || !told(gaps) {
			t.Errorf("net %s: status %d, gaps %q", question, status, gaps)
		}
		for _, text := range contradictions(whole[question], read(t, items)) {
			t.Errorf("net %s: %s", question, text)
		}
	}
	items, gaps, status := u.ask("explain", hidden.src, hidden.dst, "8080")
	if status != 2 || !told(gaps) || len(items) != 1 {
		t.Fatalf("net explain: status %d, %d items, gaps %q", status, len(items), gaps)
	}
	if answer := decode[struct{ Verdict string }](t, items[0]); answer.Verdict != "unknown" {
		t.Errorf("net explain: %s", answer.Verdict)
	}
}

// halfInjected adds a Deployment of which one pod has a proxy and the other not.
func halfInjected(t *testing.T, c *cluster.Cluster, admin *user) {
	deploy(t, c, "shop", "half", istio, noProxy)
	const reason = "only some of the pods have a proxy: the others must be restarted"
	for _, args := range [][]string{{"mtls", "-n", "shop"}, {"exposure", "-n", "shop"}, {"explain", "plain/client", "shop/half", "8080"}} {
		stdout, stderr, status := admin.run(append([]string{"net"}, args...)...)
		if status != 2 || !bytes.Contains(stdout, []byte(reason)) {
			t.Errorf("%v: status %d, %s%s", args, status, stdout, stderr)
		}
	}
	items, gaps, status := admin.ask("list", "--to", "shop/half", "--port", "8080")
	if verdict := lists(t, items)["plain/client[Deployment] to shop/half[Deployment] TCP 8080"]; verdict != "unknown" || status != 2 || len(gaps) > 0 {
		t.Errorf("net list: status %d, %q, gaps %q", status, verdict, gaps)
	}
}

// TestNetworkInOtherVersions asks about a cluster with an older Istio, Calico's policies
// and a kind in a version that nobody knows.
func TestNetworkInOtherVersions(t *testing.T) {
	c := cluster.Start(t)
	inhabit(t, c)
	define(t, c, slices.Concat(calicoDefinitions(), []definition{
		{group: istioSecurity, versions: []string{"v1beta1"}, namespaced: istioSecurityKinds()},
		{group: istioNetworking, versions: []string{"v1beta1"}, namespaced: istioNetworkingKinds()},
		{group: adminPolicies, versions: []string{"v1beta9"}, clustered: []string{"AdminNetworkPolicy/adminnetworkpolicies"}},
	})...)
	defineFrom(t, c, "sigs.k8s.io/network-policy-api", "config/crd/standard") // ClusterNetworkPolicy alone
	create(t, c, filepath.Join("testdata", "network", "older.yaml"))
	admin := as(t, c, c.Config())
	whole := answers(t, admin)
	for about, verdict := range map[string]string{
		"shop/web[Deployment] to shop/api[Deployment] TCP 8080":             "allowed", // AuthorizationPolicy v1beta1
		"shop/done[Deployment] to shop/api[Deployment] TCP 8080":            "",
		"plain/client[Deployment] to shop/web[Deployment] TCP 8080":         "", // PeerAuthentication v1beta1
		"guarded/client[Deployment] to books/webapp[Deployment] TCP 8080":   "", // ClusterNetworkPolicy
		"guarded/client[Deployment] to guarded/server[Deployment] TCP 8080": "allowed",
		"plain/client[Deployment] to guarded/server[Deployment] TCP 8080":   "", // NetworkPolicy of Calico
		"guarded/client[Deployment] to plain/server[Deployment] TCP 8080":   "", // GlobalNetworkPolicy
	} {
		if got := whole["list"][about]; got != verdict {
			t.Errorf("%s is %q, not %q", about, got, verdict)
		}
	}

	create(t, c, filepath.Join("testdata", "network", "newer.yaml"))
	const reason = "the API server has policy.networking.k8s.io/AdminNetworkPolicy only in version v1beta9, which Holdfast does not know"
	for question, read := range questions() {
		items, gaps, status := admin.ask(question)
		part := read(t, items)
		if !slices.Contains(gaps, "cannot list adminnetworkpolicies (policy.networking.k8s.io) in the cluster: "+reason) || status != 2 {
			t.Errorf("net %s: status %d, gaps %q", question, status, gaps)
		}
		for _, text := range contradictions(whole[question], part) {
			t.Errorf("net %s: %s", question, text)
		}
	}
}
