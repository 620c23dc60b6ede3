package netpol

import (
	"slices"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// live makes of a file what was read of a running cluster.
func live(t *testing.T, text string, more ...snapshot.Change) *snapshot.Snapshot {
	t.Helper()
	changes := everythingListed()
	for _, c := range decode(t, text) {
		if c.Put != nil && !c.Put.Implied {
			changes = append(changes, c)
		}
	}
	return snapshot.New(snapshot.Settings{Live: true}, append(changes, more...)...)
}

const isolated = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: isolate, namespace: shop}
spec: {podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {}}]}]}
---
`

// Policies that could not be read make unknown what they could decide, and nothing else.
func TestUnreadPolicies(t *testing.T) {
	const all = "shop/web>shop/db TCP/80=unknown other/web>shop/db TCP/80=unknown other/web>other/db TCP/80=unknown"
	for name, test := range map[string]struct {
		scope     model.Scope
		questions string
	}{
		"NetworkPolicies": {model.Scope{Group: "networking.k8s.io", Kind: "NetworkPolicy"}, "shop/web>shop/db TCP/80=unknown other/web>shop/db TCP/80=unknown other/web>other/db TCP/80=unknown"},
		"NetworkPolicies of a namespace": {model.Scope{Group: "networking.k8s.io", Kind: "NetworkPolicy", Namespace: "other"},
			"shop/web>shop/db TCP/80=allowed shop/db>shop/web TCP/80=allowed other/web>shop/db TCP/80=denied other/web>other/db TCP/80=unknown shop/web>other/db TCP/80=unknown"},
		"admin policies":    {model.Scope{Group: adminGroup, Kind: "AdminNetworkPolicy"}, all},
		"cluster policies":  {model.Scope{Group: adminGroup, Kind: "ClusterNetworkPolicy"}, all},
		"baseline policies": {model.Scope{Group: adminGroup, Kind: "BaselineAdminNetworkPolicy"}, "shop/web>shop/db TCP/80=unknown other/web>other/db TCP/80=unknown other/web>shop/db TCP/80=denied"},
		"Cilium":            {model.Scope{Group: "cilium.io", Kind: "CiliumNetworkPolicy"}, all},
		"everything":        {model.Scope{}, all},
		"ConfigMaps":        {model.Scope{Kind: "ConfigMap"}, "shop/web>shop/db TCP/80=allowed other/web>shop/db TCP/80=denied"},
	} {
		t.Run(name, func(t *testing.T) {
			gap := snapshot.Change{Gap: &model.Gap{Scope: test.scope, Reason: "forbidden"}}
			view := live(t, shop+isolated, gap).View()
			n := Model(view, Profile{})
			ask(t, n, test.questions)
			s := files(t, shop+isolated).With(gap)
			v := s.View()
			ask(t, Model(v, Profile{}), test.questions)
			if unsure := strings.Contains(test.questions, "unknown"); unsure != (len(v.Missing()) > 0) || unsure != (len(view.Missing()) > 0) || len(n.Gaps()) > 0 {
				t.Errorf("missing: %v, gaps: %v", v.Missing(), n.Gaps())
			}
		})
	}
}

// Of a running cluster every kind that could hold policies must be listed; of files,
// what was not supplied is not there.
func TestEveryKindIsDropped(t *testing.T) {
	ask(t, Model(files(t, shop).View(), Profile{}), "shop/web>shop/db TCP/80=allowed")
	for _, gk := range Kinds() {
		if gk.Kind != "Node" && !strings.Contains(gk.Kind, "Policy") && !strings.Contains(gk.Kind, "Firewall") {
			continue
		}
		var changes []snapshot.Change
		for _, c := range live(t, shop).Changes() {
			if c.Listed == nil || c.Listed.Kind != gk.Kind || c.Listed.Group != gk.Group {
				changes = append(changes, c)
			}
		}
		n := Model(snapshot.New(snapshot.Settings{Live: true}, changes...).View(), Profile{})
		want := "unknown"
		if gk.Kind == "Node" {
			want = "allowed" // no policy is about nodes
		}
		ask(t, n, "shop/web>shop/db TCP/80="+want)
	}
}

// Policies of kinds that are not understood make unknown what they could decide.
func TestForeignPolicies(t *testing.T) {
	for policy, questions := range map[string]string{
		"apiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\nmetadata: {name: p}":                       "shop/web>shop/db TCP/80=unknown other/web>other/db TCP/80=unknown 1.2.3.4>shop/db TCP/1=unknown",
		"apiVersion: crd.antrea.io/v1beta1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop}":              "shop/web>shop/db TCP/80=unknown shop/web>other/db TCP/80=unknown other/web>other/db TCP/80=allowed",
		"apiVersion: networking.gke.io/v1alpha1\nkind: FQDNNetworkPolicy\nmetadata: {name: p, namespace: shop}":     "other/web>shop/db TCP/80=denied shop/web>1.2.3.4 TCP/80=unknown other/web>1.2.3.4 TCP/80=allowed",
		"apiVersion: networking.k8s.aws/v1alpha1\nkind: ClusterNetworkPolicy\nmetadata: {name: p}":                  "other/web>other/db TCP/80=unknown",
		"apiVersion: vpcresources.k8s.aws/v1beta1\nkind: SecurityGroupPolicy\nmetadata: {name: p, namespace: shop}": "shop/web>other/db TCP/80=unknown other/web>other/db TCP/80=allowed",
		"apiVersion: k8s.ovn.org/v1\nkind: EgressFirewall\nmetadata: {name: default, namespace: shop}":              "other/web>shop/db TCP/80=denied shop/web>other/db TCP/80=unknown shop/web>1.2.3.4 TCP/80=unknown other/web>1.2.3.4 TCP/80=allowed",
		"apiVersion: cilium.io/v2\nkind: CiliumLocalRedirectPolicy\nmetadata: {name: p, namespace: shop}":           "other/web>other/db TCP/80=allowed",
	} {
		ask(t, Model(files(t, shop+isolated+policy).View(), Profile{}), questions)
	}
}

// A namespace that nobody described has labels that are not known, but for its name.
func TestImpliedNamespaces(t *testing.T) {
	pods := shop[strings.Index(shop, "apiVersion: v1\nkind: Pod"):]
	policy := func(selector string) string {
		return "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\nspec: {podSelector: {matchLabels: {app: db}}, ingress: [{from: [{namespaceSelector: {" + selector + "}}]}]}"
	}
	for selector, want := range map[string]string{
		"":                           "allowed",
		"matchLabels: {team: other}": "unknown",
		"matchLabels: {kubernetes.io/metadata.name: other}":                                        "allowed",
		"matchLabels: {kubernetes.io/metadata.name: shop}":                                         "denied",
		"matchLabels: {kubernetes.io/metadata.name: shop, team: x}":                                "denied",
		"matchExpressions: [{key: team, operator: DoesNotExist}]":                                  "unknown",
		"matchExpressions: [{key: kubernetes.io/metadata.name, operator: Exists}]":                 "allowed",
		"matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [other]}]": "denied",
	} {
		n := Model(files(t, pods+policy(selector)).View(), Profile{})
		ask(t, n, "other/web>shop/db TCP/80="+want)
	}
	// An admin policy whose subject is not known perhaps applies.
	n := Model(files(t, pods+"apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {name: p}\nspec: {tier: Admin, priority: 1, subject: {namespaces: {matchLabels: {team: shop}}}, ingress: [{action: Deny, from: [{namespaces: {}}], protocols: [{tcp: {destinationPort: {number: 80}}}]}]}").View(), Profile{})
	ask(t, n, "other/web>shop/db TCP/80=unknown other/web>shop/db TCP/81=allowed 1.2.3.4>shop/db TCP/80=allowed")
}

// Controllers add labels to pods of which files have the template only.
func TestLabelsOfTemplates(t *testing.T) {
	text := strings.Join([]string{
		"apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db, namespace: shop}\nspec: {replicas: 2, selector: {matchLabels: {app: db}}, template: {metadata: {labels: {app: db}}, spec: {containers: [{name: c, image: i}]}}}",
		"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: i}]}}}",
		"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\nspec: {podSelector: {matchLabels: {statefulset.kubernetes.io/pod-name: db-0}}}",
		"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: q, namespace: shop}\nspec: {podSelector: {matchLabels: {role: leader}}, policyTypes: [Egress]}",
	}, "\n---\n")
	n := Model(files(t, text).View(), Profile{})
	ask(t, n, "shop/web>shop/db TCP/80=unknown shop/db>shop/web TCP/80=unknown shop/web>1.2.3.4 TCP/80=allowed shop/db>shop/db TCP/80=unknown shop/web>shop/web TCP/80=allowed")
}

// The pods of one workload are one End, unless policies tell them apart.
func TestPodsOfWorkloads(t *testing.T) {
	owned := func(name, label, address string) string {
		return "apiVersion: v1\nkind: Pod\nmetadata: {name: " + name + ", namespace: shop, labels: {app: cache, statefulset.kubernetes.io/pod-name: " + label + "}, ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: cache, uid: u, controller: true}]}\nspec: {containers: [{name: c, image: i}]}\nstatus: {phase: Running, podIPs: [{ip: " + address + "}]}\n---\n"
	}
	text := shop + "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: cache, namespace: shop}\nspec: {selector: {matchLabels: {app: cache}}, template: {metadata: {labels: {app: cache}}, spec: {containers: [{name: c, image: i}]}}}\n---\n" +
		owned("cache-0", "cache-0", "10.0.0.1") + owned("cache-1", "cache-1", "10.0.0.2")
	names := func(n *Network) []string {
		var names []string
		for _, e := range n.Ends() {
			if e.Namespace == "shop" {
				names = append(names, e.String())
			}
		}
		return names
	}
	n := Model(live(t, text+isolated).View(), Profile{})
	if got := names(n); !slices.Equal(got, []string{"shop/cache[StatefulSet]", "shop/db[Pod]", "shop/web[Pod]"}) {
		t.Errorf("ends: %v", got)
	}
	if e := end(t, n, "shop/cache"); len(e.Addresses) != 2 || len(e.Labels) != 1 || !e.Replicated {
		t.Errorf("%+v", e)
	}
	apart := "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: first, namespace: shop}\nspec: {podSelector: {matchLabels: {statefulset.kubernetes.io/pod-name: cache-0}}}\n---\n"
	n = Model(live(t, text+apart).View(), Profile{})
	if got := names(n); !slices.Equal(got, []string{"shop/cache-0[Pod]", "shop/cache-1[Pod]", "shop/db[Pod]", "shop/web[Pod]"}) {
		t.Errorf("ends: %v", got)
	}
	ask(t, n, "shop/web>shop/cache-0 TCP/1=denied shop/web>shop/cache-1 TCP/1=allowed shop/cache-1>shop/cache-0 TCP/1=denied shop/cache-0>shop/cache-0 TCP/1=allowed")
	block := "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: out, namespace: other}\nspec: {podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.0.0.2/32}}]}]}\n---\n"
	n = Model(live(t, text+block).View(), Profile{PodBlocks: Applies})
	ask(t, n, "other/web>shop/cache-0 TCP/1=denied other/web>shop/cache-1 TCP/1=allowed")
}

// Pods in the network of their node are left open unless the profile says.
func TestHostNetwork(t *testing.T) {
	text := shop + isolated + "apiVersion: v1\nkind: Pod\nmetadata: {name: agent, namespace: shop, labels: {app: agent}}\nspec: {hostNetwork: true, containers: [{name: c, image: i}]}\n---\n" +
		"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: agents, namespace: shop}\nspec: {podSelector: {matchLabels: {app: agent}}}\n"
	open := Model(files(t, text).View(), Profile{})
	ask(t, open, "shop/agent>shop/db TCP/1=undefined shop/agent>other/db TCP/1=allowed other/web>shop/agent TCP/1=undefined 1.2.3.4>shop/agent TCP/1=undefined shop/agent>1.2.3.4 TCP/1=allowed")
	as := Model(files(t, text).View(), Profile{HostNetwork: Applies})
	ask(t, as, "shop/agent>shop/db TCP/1=allowed other/web>shop/agent TCP/1=denied 1.2.3.4>shop/agent TCP/1=denied")
	not := Model(files(t, text).View(), Profile{HostNetwork: Ignores})
	ask(t, not, "shop/agent>shop/db TCP/1=undefined other/web>shop/agent TCP/1=allowed 1.2.3.4>shop/agent TCP/1=allowed")
}

// Peers that are nodes or domain names.
func TestNodesAndDomains(t *testing.T) {
	policy := "apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {name: p}\nspec: {tier: Admin, priority: 1, subject: {namespaces: {matchLabels: {team: shop}}}, egress: [{action: Accept, to: [{nodes: {matchLabels: {zone: a}}}, {domainNames: [example.com]}]}, {action: Deny, to: [{networks: [0.0.0.0/0, \"::/0\"]}]}]}\n---\n"
	node := func(name, zone, address string) string {
		return "apiVersion: v1\nkind: Node\nmetadata: {name: " + name + ", labels: {zone: " + zone + "}}\nstatus: {addresses: [{type: InternalIP, address: " + address + "}, {type: Hostname, address: " + name + "}]}\n---\n"
	}
	// An address is perhaps one of example.com; a node's is allowed for sure.
	n := Model(live(t, shop+policy+node("n1", "a", "192.168.0.1")+node("n2", "b", "192.168.0.2")).View(), Profile{})
	ask(t, n, "shop/web>192.168.0.1 TCP/10250=allowed shop/web>192.168.0.2 TCP/10250=unknown shop/web>1.2.3.4 TCP/443=unknown")
	policy = strings.Replace(policy, ", {domainNames: [example.com]}", "", 1)
	n = Model(live(t, shop+policy+node("n1", "a", "192.168.0.1")+node("n2", "b", "192.168.0.2")).View(), Profile{})
	ask(t, n, "shop/web>192.168.0.1 TCP/10250=allowed shop/web>192.168.0.2 TCP/10250=denied shop/web>1.2.3.4 TCP/443=denied other/web>1.2.3.4 TCP/443=allowed")
	n = Model(files(t, shop+policy).View(), Profile{})
	ask(t, n, "shop/web>192.168.0.1 TCP/10250=unknown")
}

// An ANP and a CNP of the baseline tier are not ordered.
func TestBaselinesOfBothKinds(t *testing.T) {
	text := shop + `apiVersion: policy.networking.k8s.io/v1alpha1
kind: BaselineAdminNetworkPolicy
metadata: {name: default}
spec: {subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}], ports: [{portRange: {start: 1, end: 100}}]}]}
---
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: p}
spec: {tier: Baseline, priority: 1, subject: {namespaces: {}}, ingress: [{action: Accept, from: [{namespaces: {}}], protocols: [{tcp: {destinationPort: {number: 80}}}]}, {action: Deny, from: [{namespaces: {}}], protocols: [{tcp: {destinationPort: {number: 90}}}]}]}
`
	ask(t, Model(files(t, text).View(), Profile{}), "shop/web>shop/db TCP/80=undefined shop/web>shop/db TCP/90=denied shop/web>shop/db TCP/70=denied shop/web>shop/db TCP/200=allowed")
}

// What files leave without a namespace lies in default, together with what names it.
func TestNoNamespace(t *testing.T) {
	text := strings.NewReplacer(", namespace: shop", "", "{name: shop,", "{name: default,").Replace(shop + isolated)
	var changes []snapshot.Change
	for _, c := range decode(t, text) {
		if c.Put != nil && c.Put.Kind == "Pod" && c.Put.Name == "web" && c.Put.Namespace == "" {
			named := *c.Put.Body.(*corev1.Pod)
			named.Namespace = "default"
			c.Put = &snapshot.Object{Ref: model.Ref{ID: model.ID{Kind: "Pod", Namespace: "default", Name: "web"}}, Body: &named}
		}
		changes = append(changes, c)
	}
	n := Model(snapshot.New(snapshot.Settings{}, changes...).View(), Profile{})
	ask(t, n, "default/web>default/db TCP/80=allowed other/web>default/db TCP/80=denied other/web>other/db TCP/80=allowed")
	if len(n.policies) != 1 {
		t.Errorf("%d policies", len(n.policies))
	}
}

// Questions can be asked from many sides at once, while everything is listed.
func TestConcurrentUse(t *testing.T) {
	c := newCluster(7)
	n := Model(c.snapshot().View(), Profile{})
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for connection := range n.Connections() {
				if n.Verdict(connection.Src, connection.Dst, connection.Protocol, connection.From) != connection.Verdict {
					t.Errorf("%+v", connection)
				}
				n.Explain(connection.Src, connection.Dst, connection.Protocol, connection.To)
			}
		})
	}
	group.Wait()
}

// A block that holds one of a pod's two addresses means the pod where all can use it, and
// perhaps where some pod has none of that family.
func TestBlockOfOneFamily(t *testing.T) {
	pod := func(name string, addresses ...string) string {
		return "apiVersion: v1\nkind: Pod\nmetadata: {name: " + name + ", namespace: shop, labels: {app: " + name + "}}\nspec: {containers: [{name: c, image: i}]}\nstatus: {podIPs: [{ip: '" + strings.Join(addresses, "'}, {ip: '") + "'}]}\n---\n"
	}
	const policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\nspec: {podSelector: {matchLabels: {app: db}}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}\n---\n"
	both := pod("web", "10.1.0.1", "fd00::1") + pod("api", "fd00::3", "10.1.0.3")
	profile := Profile{PodBlocks: Applies}
	ask(t, Model(files(t, policy+both+pod("db", "10.1.0.2", "fd00::2")).View(), profile), "shop/web>shop/db TCP/80=allowed shop/api>shop/db TCP/80=allowed")
	ask(t, Model(files(t, policy+both+pod("db", "fd00::2")).View(), profile), "shop/web>shop/db TCP/80=unknown shop/api>shop/db TCP/80=unknown")
	ask(t, Model(files(t, policy+pod("web", "fd00::1")+pod("db", "10.1.0.2", "fd00::2")).View(), profile), "shop/web>shop/db TCP/80=denied")
}
