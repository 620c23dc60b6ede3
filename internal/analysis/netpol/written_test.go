package netpol

import (
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/snapshot"
)

// Which of two definitions of a policy is in force nobody can say; two that say the same
// are one.
func TestPolicyDefinedTwice(t *testing.T) {
	closed := strings.Replace(isolated, "ingress: [{from: [{podSelector: {}}]}]", "policyTypes: [Ingress]", 1)
	opened := strings.Replace(isolated, "podSelector: {matchLabels: {app: db}}, ", "podSelector: {}, policyTypes: [Egress], ", 1)
	alike := strings.Replace(isolated, "{name: isolate,", "{annotations: {a: b}, name: isolate,", 1)
	admin := func(action string) string {
		return "apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {name: p}\nspec: {tier: Admin, priority: 1, subject: {namespaces: {}}, ingress: [{action: " + action + ", from: [{namespaces: {}}]}]}\n---\n"
	}
	for name, test := range map[string]struct {
		policies, questions string
		gaps                int
	}{
		"other rules":      {isolated + closed, "shop/web>shop/db TCP/80=unknown other/web>shop/db TCP/80=unknown other/web>other/db TCP/80=allowed", 1},
		"other pods":       {closed + opened, "shop/web>shop/db TCP/80=unknown shop/web>1.2.3.4 TCP/80=unknown shop/db>shop/web TCP/80=unknown", 1},
		"other metadata":   {isolated + alike, "shop/web>shop/db TCP/80=allowed other/web>shop/db TCP/80=denied", 0},
		"admin policies":   {admin("Deny") + admin("Accept"), "shop/web>shop/db TCP/80=unknown", 1},
		"admin, unchanged": {admin("Deny") + admin("Deny"), "shop/web>shop/db TCP/80=denied", 0},
	} {
		t.Run(name, func(t *testing.T) {
			n := Model(files(t, shop+test.policies).View(), Profile{})
			ask(t, n, test.questions)
			if len(n.Gaps()) != test.gaps {
				t.Errorf("gaps: %v", n.Gaps())
			}
		})
	}
}

// A policy under an API version that is not served protects nobody.
func TestUnservedVersion(t *testing.T) {
	under := func(version string) string {
		return strings.Replace(isolated, "networking.k8s.io/v1", version, 1)
	}
	for name, test := range map[string]struct {
		policy  string
		minor   int
		verdict string
	}{
		"served":       {isolated, 36, "denied"},
		"removed":      {under("extensions/v1beta1"), 36, "unknown"},
		"not yet":      {under("extensions/v1beta1"), 15, "denied"},
		"never served": {under("networking.k8s.io/v1beta1"), 36, "unknown"},
		"admin":        {"apiVersion: policy.networking.k8s.io/v1alpha2\nkind: AdminNetworkPolicy\nmetadata: {name: p}\nspec: {priority: 1, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}\n", 36, "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			s := snapshot.New(snapshot.Settings{Version: snapshot.Version{Major: 1, Minor: test.minor}}, decode(t, shop+test.policy)...)
			n := Model(s.View(), Profile{})
			ask(t, n, "other/web>shop/db TCP/80="+test.verdict)
			if (len(n.Gaps()) > 0) != (test.verdict == "unknown") {
				t.Errorf("gaps: %v", n.Gaps())
			}
		})
	}
}

// What makes pods that nobody sees is a gap: a list without them is not the whole.
func TestPodsOfCustomKinds(t *testing.T) {
	rollout := "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: api, namespace: shop}\nspec: {template: {spec: {containers: [{name: c, image: i}]}}}\n"
	n := Model(files(t, shop+rollout).View(), Profile{})
	if len(n.Gaps()) != 1 || !strings.Contains(n.Gaps()[0].Reason, "shop/api[Rollout]") || n.Gaps()[0].Line == 0 {
		t.Errorf("gaps: %v", n.Gaps())
	}
	if n := Model(live(t, shop+rollout).View(), Profile{}); len(n.Gaps()) > 0 {
		t.Errorf("of a running cluster: %v", n.Gaps())
	}
}
