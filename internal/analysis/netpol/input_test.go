package netpol

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
	"holdfast.dev/holdfast/internal/snapshot/implied"
)

// shop has two namespaces with two pods each; the policies of a test follow.
const shop = `
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: shop}}
---
apiVersion: v1
kind: Namespace
metadata: {name: other, labels: {team: other}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c, image: i, ports: [{name: http, containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: c, image: i, ports: [{name: sql, containerPort: 5432}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: other, labels: {app: web}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: other, labels: {app: db}}
spec: {containers: [{name: c, image: i}]}
---
`

// ask reads "shop/web>shop/db TCP/80=allowed shop/web>1.2.3.4 UDP/53=denied".
func ask(t *testing.T, n *Network, questions string) {
	t.Helper()
	words := strings.Fields(questions)
	for i := 0; i+1 < len(words); i += 2 {
		src, dst, _ := strings.Cut(words[i], ">")
		port, want, _ := strings.Cut(words[i+1], "=")
		name, number, _ := strings.Cut(port, "/")
		protocol, ok := ParseProtocol(name)
		var at uint16
		if _, err := fmt.Sscan(number, &at); err != nil || !ok {
			t.Fatalf("%s: no port", port)
		}
		from, to := named(t, n, src), named(t, n, dst)
		if got := n.Verdict(from, to, protocol, at); got.String() != want {
			t.Errorf("%s %s: %s, want %s", words[i], port, got, want)
			for _, s := range n.Explain(from, to, protocol, at).Sides {
				for _, r := range s.Reasons {
					t.Logf("%s, %s: %s: %s", s.Direction, r.Tier, r.Effect, r.Text)
				}
			}
		}
	}
}

func TestBadInput(t *testing.T) {
	np := func(spec string) string {
		return "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\nspec:\n" + spec
	}
	cnp := func(spec string) string {
		return "apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {name: p}\nspec:\n" + spec
	}
	// Of a policy that is refused, what it is about is still known.
	const intoDB = " shop/web>shop/db TCP/80=unknown other/web>shop/db TCP/80=unknown shop/db>shop/web TCP/80=allowed shop/web>other/db TCP/80=allowed"
	const intoShop = " shop/web>shop/db TCP/80=unknown shop/db>shop/web TCP/80=unknown shop/web>other/db TCP/80=allowed"
	for name, test := range map[string]struct {
		policy    string
		questions string
		problem   string
		line      int // of the problem within the policy
	}{
		"operator": {np("  podSelector: {matchExpressions: [{key: app, operator: Is, values: [db]}]}"), intoShop, "operator", 5},
		"values":   {np("  podSelector: {matchLabels: {app: db}}\n  ingress:\n  - from:\n    - podSelector: {matchExpressions: [{key: app, operator: Exists, values: [db]}]}"), intoDB, "values", 8},
		"port":     {np("  podSelector: {matchLabels: {app: db}}\n  ingress:\n  - ports:\n    - port: 70000"), intoDB, "70000", 8},
		"port zero": {np("  podSelector: {matchLabels: {app: db}}\n  ingress:\n  - ports:\n    - protocol: TCP\n      port: 0"),
			intoDB, "0 is no port", 9},
		"endPort": {np("  podSelector: {matchLabels: {app: db}}\n  ingress:\n  - ports:\n    - port: 90\n      endPort: 80"), intoDB, "ends at 80", 9},
		"endPort of a name": {np("  podSelector: {matchLabels: {app: db}}\n  ingress:\n  - ports:\n    - port: sql\n      endPort: 80"),
			intoDB, "endPort", 9},
		"protocol": {np("  podSelector: {matchLabels: {app: db}}\n  ingress:\n  - ports:\n    - protocol: ICMP"), intoDB, "ICMP", 8},
		"except": {np("  podSelector: {matchLabels: {app: db}}\n  ingress:\n  - from:\n    - ipBlock:\n        cidr: 10.0.0.0/8\n        except: [11.0.0.0/16]"),
			intoDB, "11.0.0.0/16", 10},
		"except as large": {np("  podSelector: {matchLabels: {app: db}}\n  ingress:\n  - from:\n    - ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/8]}"),
			intoDB, "not inside", 8},
		"mapped": {np("  podSelector: {matchLabels: {app: db}}\n  ingress:\n  - from:\n    - ipBlock: {cidr: \"::ffff:10.0.0.0/104\"}"),
			intoDB, "IPv4 address written as an IPv6 one", 8},
		"no block":   {np("  podSelector: {matchLabels: {app: db}}\n  ingress:\n  - from:\n    - ipBlock: {cidr: 10.0.0.0}"), intoDB, "10.0.0.0", 8},
		"empty peer": {np("  podSelector: {matchLabels: {app: db}}\n  ingress:\n  - from: [{}]"), intoDB, "selects nothing", 7},
		"two peers": {np("  podSelector: {matchLabels: {app: db}}\n  ingress:\n  - from:\n    - podSelector: {}\n      ipBlock: {cidr: 10.0.0.0/8}"),
			intoDB, "either", 8},
		"policyTypes": {np("  podSelector: {matchLabels: {app: db}}\n  policyTypes: [Ingress, Outgress]"), intoDB, "Outgress", 6},
		"other field": {np("  podSelector: {matchLabels: {app: db}}\n  ingres: []\n  ingress:\n  - {}"), intoDB, "no such field", 6},
		"wrong type": {np("  podSelector: {matchLabels: {app: db}}\n  ingress: yes"),
			"shop/web>shop/db TCP/80=unknown shop/web>other/db TCP/80=unknown other/web>other/db TCP/80=allowed", "", 0},
		"priority": {cnp("  {tier: Admin, priority: 2000, subject: {namespaces: {matchLabels: {team: shop}}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}"),
			intoShop, "2000", 5},
		"tier": {cnp("  {tier: Top, priority: 1, subject: {namespaces: {matchLabels: {team: shop}}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}"),
			intoShop, "Top", 5},
		"action": {cnp("  {tier: Admin, priority: 1, subject: {namespaces: {matchLabels: {team: shop}}}, ingress: [{action: Allow, from: [{namespaces: {}}]}]}"),
			intoShop, "Allow", 5},
		"subject": {cnp("  {tier: Admin, priority: 1, subject: {}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}"),
			"shop/web>other/db TCP/80=unknown", "exactly one", 5},
		"26 peers": {cnp("  {tier: Admin, priority: 1, subject: {namespaces: {matchLabels: {team: shop}}}, ingress: [{action: Deny, from: [" + strings.Repeat("{namespaces: {}},", 26) + "]}]}"),
			intoShop, "26", 5},
		"name of a baseline": {"apiVersion: policy.networking.k8s.io/v1alpha1\nkind: BaselineAdminNetworkPolicy\nmetadata: {name: p}\nspec: {subject: {namespaces: {matchLabels: {team: shop}}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}",
			intoShop, "default", 3},
		"other version": {"apiVersion: policy.networking.k8s.io/v1beta7\nkind: ClusterNetworkPolicy\nmetadata: {name: p}\nspec: {}",
			"shop/web>shop/db TCP/80=unknown", "", 0},
		"not YAML":          {"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\nspec: {podSelector: {", "shop/web>shop/db TCP/80=unknown", "", 0},
		"quoted boolean":    {np("  podSelector: {matchLabels: {app: db}}\n  ingress:\n  - from:\n    - podSelector: {matchLabels: {on: true}}"), intoDB, "quote it", 8},
		"missing namespace": {strings.Replace(np("  podSelector: {}"), "shop", "nowhere", 1), "shop/web>shop/db TCP/80=allowed", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			n := Model(files(t, shop+test.policy).View(), Profile{})
			ask(t, n, test.questions)
			if test.problem == "" {
				return
			}
			if len(n.Gaps()) != 1 {
				t.Fatalf("gaps: %+v", n.Gaps())
			}
			gap := n.Gaps()[0]
			if line := gap.Line - strings.Count(shop, "\n"); !strings.Contains(gap.Reason, test.problem) || gap.File != "cluster.yaml" || line != test.line {
				t.Errorf("%s, line %d", gap.Reason, line)
			}
		})
	}
}

// Equal priorities leave it open which policy is asked, where they differ.
func TestEqualPriorities(t *testing.T) {
	policy := func(name, action, team string, ports string) string {
		return fmt.Sprintf("apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {name: %s}\nspec: {tier: Admin, priority: 5, subject: {namespaces: {}}, ingress: [{action: %s, from: [{namespaces: {matchLabels: {team: %s}}}], protocols: [%s]}]}\n---\n", name, action, team, ports)
	}
	n := Model(files(t, shop+policy("a", "Accept", "shop", "{tcp: {destinationPort: {number: 80}}}")+policy("b", "Deny", "shop", "{tcp: {destinationPort: {range: {start: 1, end: 100}}}}")).View(), Profile{})
	ask(t, n, `shop/web>shop/db TCP/80=undefined shop/web>shop/db TCP/79=denied shop/web>shop/db TCP/101=allowed other/web>shop/db TCP/80=allowed`)
	e := n.Explain(named(t, n, "shop/web"), named(t, n, "shop/db"), TCP, 80)
	var witnesses []string
	for _, r := range e.Sides[1].Reasons {
		if r.Decides {
			witnesses = append(witnesses, fmt.Sprint(r.Policy.Name, " ", r.Effect, " ", r.Evidence[0].Path))
		}
	}
	if strings.Join(witnesses, ", ") != "a allows spec.ingress[0].from[0], b denies spec.ingress[0].from[0]" {
		t.Errorf("witnesses: %s", witnesses)
	}
	if last := e.Remedies[len(e.Remedies)-1].Text; !strings.Contains(last, "different priorities") {
		t.Errorf("remedies: %v", e.Remedies)
	}
}

// A rule with thousands of peers costs no more than its length.
func TestManyPeers(t *testing.T) {
	var peers strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&peers, "    - ipBlock: {cidr: %d.%d.%d.0/24}\n", 20+i>>16, i>>8&255, i&255)
		fmt.Fprintf(&peers, "    - podSelector: {matchLabels: {app: app-%d}}\n", i)
	}
	text := shop + "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\nspec:\n  podSelector: {}\n  ingress:\n  - from:\n" + peers.String()
	s := files(t, text)
	start := time.Now()
	n := Model(s.View(), Profile{})
	ask(t, n, "20.0.7.9>shop/db TCP/80=allowed 21.0.7.9>shop/db TCP/80=denied shop/web>shop/db TCP/80=denied shop/web>other/db TCP/80=allowed")
	count := 0
	for range n.Connections() {
		count++
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("took %v", took)
	}
	if count == 0 || len(n.Gaps()) > 0 {
		t.Errorf("%d connections, gaps: %v", count, n.Gaps())
	}
}

// FuzzPolicies reads any document as policies of the shop. Nothing panics, what is
// listed is what is asked, and what could not be read is never allowed.
func FuzzPolicies(f *testing.F) {
	f.Add("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\nspec: {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: ::/0, except: [\"::1/128\"]}}], ports: [{port: http}]}]}")
	f.Add("apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {name: p}\nspec: {priority: 1, subject: {namespaces: {}}, egress: [{action: Pass, to: [{nodes: {}}, {domainNames: [a.example]}]}]}")
	f.Add("apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {name: p}\nspec: {tier: Baseline, priority: 1, subject: {pods: {namespaceSelector: {}, podSelector: {}}}, ingress: [{action: Deny, from: [{}], protocols: [{destinationNamedPort: sql}]}]}")
	f.Fuzz(func(t *testing.T, policy string) {
		var changes []snapshot.Change
		document.NewDecoder("").Decode(document.Text{File: "f.yaml", Data: []byte(shop + policy)}, func(c snapshot.Change) { changes = append(changes, c) })
		s := snapshot.New(snapshot.Settings{}, append(changes, implied.OfFiles(changes)...)...)
		for _, profile := range Profiles() {
			n := Model(s.View(), profile)
			listed := list(t, n)
			for _, src := range n.Ends() {
				for _, dst := range n.Ends() {
					v := n.Verdict(Of(src), Of(dst), TCP, 5432)
					if src != dst && listed.find(Of(src), Of(dst), TCP, 5432) != v {
						t.Fatalf("%s to %s: %s, and listed otherwise", src, dst, v)
					}
					if e := n.Explain(Of(src), Of(dst), TCP, 5432); e.Verdict != v {
						t.Fatalf("%s to %s: explained as %s", src, dst, e.Verdict)
					}
				}
			}
		}
	})
}
