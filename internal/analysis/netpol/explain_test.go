package netpol

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/snapshot"
)

// Explain says what Verdict says, each side by itself, and the policies that it names
// as deciding are enough: without all others the verdict is the same.
func TestExplanationsSuffice(t *testing.T) {
	effects := map[Effect]int{}
	for seed := range uint64(1500) {
		c := newCluster(seed)
		profile := Profile{HostNetwork: pick(c, Open, Applies, Ignores), PodBlocks: pick(c, Open, Applies, Ignores), NodeBlocks: pick(c, Open, Applies)}
		n := Model(c.snapshot().View(), profile)
		for range 15 {
			src, dst := c.host(), c.host()
			if src.pod == nil && dst.pod == nil {
				continue
			}
			protocol, port := pick(c, TCP, TCP, UDP, SCTP), uint16(pick[int32](c, 53, 80, 8080, 9000))
			e := n.Explain(c.peer(t, n, src), c.peer(t, n, dst), protocol, port)
			if e.Verdict != n.Verdict(e.Connection.Src, e.Connection.Dst, protocol, port) {
				t.Fatalf("seed %d: explained as %s", seed, e.Verdict)
			}
			kept := map[*snapshot.Object]bool{}
			sides, decided := Allowed, false
			for _, s := range e.Sides {
				sides = sides.and(s.Verdict)
				for _, r := range s.Reasons {
					effects[r.Effect]++
					decided = decided || r.Decides
					kept[r.Policy] = kept[r.Policy] || r.Decides || r.Effect == Passes
					if r.Policy != nil && len(r.Evidence) == 0 {
						t.Fatalf("seed %d: no evidence for %q", seed, r.Text)
					}
				}
			}
			if !decided {
				t.Fatalf("seed %d: nothing decides", seed)
			}
			if sides != e.Verdict && e.Verdict != Undefined && !(sides == Undefined && e.Verdict == Denied) {
				t.Fatalf("seed %d: the sides say %s, together %s", seed, sides, e.Verdict)
			}
			less := *c
			less.objects = slices.DeleteFunc(slices.Clone(c.objects), func(o *snapshot.Object) bool {
				return strings.HasSuffix(o.Kind, "NetworkPolicy") && !kept[o]
			})
			m := Model(less.snapshot().View(), profile)
			if got := m.Verdict(less.peer(t, m, src), less.peer(t, m, dst), protocol, port); got != e.Verdict {
				for _, s := range e.Sides {
					t.Logf("%s %s", s.Direction, s.Verdict)
					for _, r := range s.Reasons {
						t.Logf("  %v %s: %s (decides: %v)", r.Tier, r.Effect, r.Text, r.Decides)
					}
				}
				t.Fatalf("seed %d: %s to %s %s/%d: %s; with the deciding policies alone %s", seed, e.Connection.Src, e.Connection.Dst, protocol, port, e.Verdict, got)
			}
		}
	}
	for _, effect := range []Effect{NoMatch, Allows, Denies, Passes, Isolates, Perhaps, LeftOpen} {
		if effects[effect] < 20 {
			t.Errorf("%q came out %d times only", effect, effects[effect])
		}
	}
}

// write renders an explanation, a reason a line, the ones that decide starred.
func write(e Explanation) string {
	var b strings.Builder
	fmt.Fprintln(&b, e.Verdict)
	for _, s := range e.Sides {
		fmt.Fprintf(&b, "%s: %s\n", s.Direction, s.Verdict)
		for _, r := range s.Reasons {
			star := " "
			if r.Decides {
				star = "*"
			}
			fmt.Fprintf(&b, "%s %s", star, r.Tier)
			if r.Policy != nil {
				fmt.Fprintf(&b, " %s", r.Policy.ID)
			}
			fmt.Fprintf(&b, " %s: %s", r.Effect, r.Text)
			for _, evidence := range r.Evidence {
				fmt.Fprintf(&b, " (%s:%d %s = %s)", evidence.File, evidence.Line, evidence.Path, evidence.Value)
			}
			fmt.Fprintln(&b)
		}
	}
	for _, r := range e.Remedies {
		fmt.Fprintf(&b, "> %s: %s\n", r.Direction, r.Text)
	}
	return b.String()
}

// An explanation names every tier, policy, rule and line, and what would change it.
func TestExplanations(t *testing.T) {
	policies := `
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: tenants}
spec:
  tier: Admin
  priority: 10
  subject: {namespaces: {}}
  ingress:
  - action: Pass
    from:
    - namespaces: {matchLabels: {team: shop}}
  - action: Deny
    from:
    - pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: db}}}
    protocols: [{tcp: {destinationPort: {number: 22}}}]
  - action: Accept
    from: [{}]
    protocols: [{tcp: {destinationPort: {number: 23}}}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
  - ports: [{port: 1}]
  - from:
    - ipBlock: {cidr: 192.0.2.0/24}
    - podSelector: {matchLabels: {app: web}}
    ports: [{port: sql}]
`
	n := Model(files(t, shop+policies).View(), Profile{})
	for name, test := range map[string]struct {
		src, dst string
		port     uint16
		want     string
	}{
		"allowed by a rule": {"shop/web", "shop/db", 5432, `allowed
egress: allowed
* default allows: what no policy decides is allowed: egress of shop/web[Pod]
ingress: allowed
  Admin tenants[ClusterNetworkPolicy] passes: ingress rule 0 passes shop/web[Pod], TCP/5432 (cluster.yaml:41 spec.ingress[0].from[0] = all pods in namespaces with team=shop)
* NetworkPolicy shop/db[NetworkPolicy] allows: ingress rule 1 allows shop/web[Pod], TCP/5432 (cluster.yaml:59 spec.ingress[1].from[1] = pods with app=web in namespace shop)
  NetworkPolicy shop/db[NetworkPolicy] isolates: selects shop/db[Pod] for ingress, so that what no rule allows is denied (cluster.yaml:54 spec.podSelector = pods with app=db in namespace shop)
  NetworkPolicy shop/db[NetworkPolicy] no match: ingress rule 0 is about TCP/1, not TCP/5432 (cluster.yaml:56 spec.ingress[0] = )
> egress: allowed until a NetworkPolicy that selects shop/web[Pod] for egress leaves out TCP/5432 to shop/db[Pod]
> ingress: allowed until ingress rule 1, and every other rule that allows it, no longer means it
`},
		"denied because no rule allows": {"other/web", "shop/db", 80, `denied
egress: allowed
* default allows: what no policy decides is allowed: egress of other/web[Pod]
ingress: denied
  Admin tenants[ClusterNetworkPolicy] no match: ingress rule 0 means all pods in namespaces with team=shop, not other/web[Pod] (cluster.yaml:39 spec.ingress[0] = )
  Admin tenants[ClusterNetworkPolicy] no match: ingress rule 1 is about TCP/22, not TCP/80 and means pods with app=db in all namespaces, not other/web[Pod] (cluster.yaml:42 spec.ingress[1] = )
  Admin tenants[ClusterNetworkPolicy] no match: ingress rule 2 is about TCP/23, not TCP/80 (cluster.yaml:46 spec.ingress[2] = )
* NetworkPolicy shop/db[NetworkPolicy] isolates: selects shop/db[Pod] for ingress, so that what no rule allows is denied (cluster.yaml:54 spec.podSelector = pods with app=db in namespace shop)
  NetworkPolicy shop/db[NetworkPolicy] no match: ingress rule 0 is about TCP/1, not TCP/80 (cluster.yaml:56 spec.ingress[0] = )
  NetworkPolicy shop/db[NetworkPolicy] no match: ingress rule 1 is about TCP/sql, not TCP/80 and means 192.0.2.0/24, pods with app=web in namespace shop, not other/web[Pod] (cluster.yaml:57 spec.ingress[1] = )
> ingress: denied unless an ingress rule of this or of another NetworkPolicy that selects shop/db[Pod] allows TCP/80 from other/web[Pod]
`},
		"denied by an administrator": {"other/db", "shop/web", 22, `denied
egress: allowed
* default allows: what no policy decides is allowed: egress of other/db[Pod]
ingress: denied
  Admin tenants[ClusterNetworkPolicy] no match: ingress rule 0 means all pods in namespaces with team=shop, not other/db[Pod] (cluster.yaml:39 spec.ingress[0] = )
* Admin tenants[ClusterNetworkPolicy] denies: ingress rule 1 denies other/db[Pod], TCP/22 (cluster.yaml:44 spec.ingress[1].from[0] = pods with app=db in all namespaces)
> ingress: denied unless ingress rule 1 no longer means it, or a rule that is asked before lets it through
`},
		"a peer of an unknown kind": {"other/web", "shop/db", 23, `unknown
egress: allowed
* default allows: what no policy decides is allowed: egress of other/web[Pod]
ingress: unknown
  Admin tenants[ClusterNetworkPolicy] no match: ingress rule 0 means all pods in namespaces with team=shop, not other/web[Pod] (cluster.yaml:39 spec.ingress[0] = )
  Admin tenants[ClusterNetworkPolicy] no match: ingress rule 1 is about TCP/22, not TCP/23 and means pods with app=db in all namespaces, not other/web[Pod] (cluster.yaml:42 spec.ingress[1] = )
* Admin tenants[ClusterNetworkPolicy] perhaps: ingress rule 2 has a peer of a kind that is not known; who does not know it either has to take the rule as matching nothing (cluster.yaml:47 spec.ingress[2].from[0] = a kind of peer that is not known)
* NetworkPolicy shop/db[NetworkPolicy] isolates: selects shop/db[Pod] for ingress, so that what no rule allows is denied (cluster.yaml:54 spec.podSelector = pods with app=db in namespace shop)
  NetworkPolicy shop/db[NetworkPolicy] no match: ingress rule 0 is about TCP/1, not TCP/23 (cluster.yaml:56 spec.ingress[0] = )
  NetworkPolicy shop/db[NetworkPolicy] no match: ingress rule 1 is about TCP/sql, not TCP/23 and means 192.0.2.0/24, pods with app=web in namespace shop, not other/web[Pod] (cluster.yaml:57 spec.ingress[1] = )
> ingress: unknown until what is missing is supplied or repaired: ingress rule 2 has a peer of a kind that is not known; who does not know it either has to take the rule as matching nothing
> ingress: denied unless an ingress rule of this or of another NetworkPolicy that selects shop/db[Pod] allows TCP/23 from other/web[Pod]
`},
		"itself": {"shop/db", "shop/db", 1, `allowed
egress: allowed
* always allows: a pod always reaches itself
`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := write(n.Explain(named(t, n, test.src), named(t, n, test.dst), TCP, test.port)); got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
}
