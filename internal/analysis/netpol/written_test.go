package netpol

import (
	"fmt"
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
	cilium := func(from string) string {
		return "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: p, namespace: shop}\nspec: {endpointSelector: {matchLabels: {app: db}}, ingress: [{fromEndpoints: [{matchLabels: " + from + "}]}]}\n---\n"
	}
	calico := func(action string) string {
		return "apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\nspec: {selector: app == 'db', ingress: [{action: " + action + "}]}\n---\n"
	}
	calicoSets := func(second string) string {
		set := "apiVersion: projectcalico.org/v3\nkind: NetworkSet\nmetadata: {name: s, namespace: shop, labels: {office: here}}\nspec: {nets: [1.2.3.0/24]}\n---\n"
		return strings.Replace(calico("Allow"), "{action: Allow}", "{action: Allow, source: {selector: has(office)}}", 1) + set + strings.Replace(set, "1.2.3.0/24", second, 1)
	}
	for name, test := range map[string]struct {
		policies, questions string
		gaps                int
	}{
		"other rules":         {isolated + closed, "shop/web>shop/db TCP/80=unknown other/web>shop/db TCP/80=unknown other/web>other/db TCP/80=allowed", 1},
		"other pods":          {closed + opened, "shop/web>shop/db TCP/80=unknown shop/web>1.2.3.4 TCP/80=unknown shop/db>shop/web TCP/80=unknown", 1},
		"other metadata":      {isolated + alike, "shop/web>shop/db TCP/80=allowed other/web>shop/db TCP/80=denied", 0},
		"admin policies":      {admin("Deny") + admin("Accept"), "shop/web>shop/db TCP/80=unknown", 1},
		"admin, unchanged":    {admin("Deny") + admin("Deny"), "shop/web>shop/db TCP/80=denied", 0},
		"admin, other labels": {admin("Deny") + strings.Replace(admin("Deny"), "{name: p}", "{name: p, labels: {env: dev}}", 1), "shop/web>shop/db TCP/80=denied", 0},
		"cilium":              {cilium("{}") + cilium("{app: web}"), "other/web>shop/db TCP/80=unknown shop/web>shop/db TCP/80=unknown other/web>other/db TCP/80=allowed", 1},
		"cilium, unchanged":   {cilium("{app: web}") + cilium("{app: web}"), "shop/db>shop/db TCP/80=allowed shop/web>shop/db TCP/80=allowed other/web>shop/db TCP/80=denied", 0},
		"calico":              {calico("Allow") + calico("Deny"), "shop/web>shop/db TCP/80=unknown other/web>other/db TCP/80=allowed", 1},
		"calico, unchanged":   {calico("Deny") + calico("Deny"), "shop/web>shop/db TCP/80=denied", 0},
		"calico, network set": {calicoSets("10.0.0.0/8"), "1.2.3.4>shop/db TCP/80=unknown 10.1.1.1>shop/db TCP/80=unknown", 1},
		"calico, same set":    {calicoSets("1.2.3.0/24"), "1.2.3.4>shop/db TCP/80=allowed 10.1.1.1>shop/db TCP/80=denied", 0},
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

// A workload that policies see otherwise in one file than in another is answered for in
// each way; definitions that they cannot tell apart are one.
func TestWorkloadDefinedTwice(t *testing.T) {
	web := func(labels string, replicas int) string {
		return fmt.Sprintf("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api, namespace: shop}\nspec: {replicas: %d, selector: {matchLabels: {app: api}}, template: {metadata: {labels: %s}, spec: {containers: [{name: c, image: i}]}}}\n---\n", replicas, labels)
	}
	onlyWeb := strings.Replace(isolated, "from: [{podSelector: {}}]", "from: [{podSelector: {matchLabels: {tier: web}}}]", 1)
	const dev, prod, note = "{app: api, tier: web}", "{app: api, tier: other}", "{app: api, tier: web, note: x}"

	v := files(t, shop+onlyWeb+web(dev, 1)+web(prod, 1)+web(note, 3)).View()
	n, definitions := Model(v, Profile{}), v.Objects(snapshot.GroupKind{Group: "apps", Kind: "Deployment"}, "shop")
	found := n.Find("shop", "Deployment", "api")
	if len(found) != 2 || found[0].String() != "shop/api[Deployment]#1" || found[1].String() != "shop/api[Deployment]#2" {
		t.Fatalf("ends: %v", found)
	}
	db := n.Find("shop", "", "db")[0]
	for i, want := range []Verdict{Allowed, Denied} {
		if got := n.Verdict(Of(found[i]), Of(db), TCP, 80); got != want {
			t.Errorf("%s: %s, want %s", found[i], got, want)
		}
	}
	if !found[0].Replicated || found[1].Replicated {
		t.Errorf("replicated: %t and %t; three pods are asked for of the first alone", found[0].Replicated, found[1].Replicated)
	}
	if len(n.Gaps()) != 1 || !strings.Contains(n.Gaps()[0].Reason, "shop/api[Deployment]#2 is defined otherwise in") {
		t.Errorf("gaps: %v", n.Gaps())
	}
	index := IndexEnds(n.Ends())
	for i, want := range []*End{found[0], found[1], found[0]} {
		of := index.Of(definitions[i])
		if len(of) != 1 || of[0] != want {
			t.Errorf("definition %d: %v, want %s", i+1, of, want)
		}
	}

	n = Model(files(t, shop+isolated+web(dev, 1)+web(prod, 1)).View(), Profile{})
	if found := n.Find("shop", "Deployment", "api"); len(found) != 1 || found[0].Definition != 0 || len(n.Gaps()) > 0 {
		t.Errorf("what no policy tells apart: ends %v, gaps %v", found, n.Gaps())
	} else if found[0].Replicated {
		t.Error("two definitions of one pod are no two pods")
	}
}

// What one file says of a namespace another one may deny.
func TestNamespaceDefinedTwice(t *testing.T) {
	again := func(labels string) string {
		return "apiVersion: v1\nkind: Namespace\nmetadata: {name: other, labels: " + labels + "}\n---\n"
	}
	from := func(selector string) string {
		return strings.Replace(isolated, "podSelector: {}}]", "namespaceSelector: {matchLabels: "+selector+"}}]", 1)
	}
	for name, test := range map[string]struct {
		objects, verdict string
		gaps             int
	}{
		"alike":         {again("{team: other}") + from("{team: other}"), "allowed", 0},
		"not in both":   {again("{}") + from("{team: other}"), "unknown", 1},
		"otherwise":     {again("{team: x}") + from("{team: x}"), "unknown", 1},
		"kept in both":  {again("{team: other, more: x}") + from("{team: other}"), "allowed", 0},
		"gained in one": {again("{team: other, more: x}") + from("{more: x}"), "unknown", 1},
	} {
		t.Run(name, func(t *testing.T) {
			n := Model(files(t, shop+test.objects).View(), Profile{})
			ask(t, n, "other/web>shop/db TCP/80="+test.verdict)
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
