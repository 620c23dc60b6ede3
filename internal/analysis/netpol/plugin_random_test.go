package netpol

import (
	"fmt"
	"math/rand/v2"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// pluginOracle is a random cluster with policies of one plugin, and the slow reference
// for it: one connection at a time, with no code of the package.
type pluginOracle struct {
	*cluster
	nps     oracle
	cilium  map[string][]ciliumPolicy // by namespace; "" for the whole cluster
	calico  []calicoCase
	tiers   map[string]float64
	passing map[string]bool
}

type calicoCase struct {
	namespace, name  string
	spec             calicoPolicy
	selects          *expression
	rules            [2][]calicoRuleCase // by Direction
	types            [2]bool
	tierOrder, order float64
}

type calicoRuleCase struct {
	rule              calicoRule
	selector, exclude *expression // nil: none
	ofNamespaces      *expression
}

// expression is a selector of Calico as the test evaluates it.
type expression struct {
	text  string
	holds func(labels map[string]string) bool
}

func newPluginOracle(seed uint64, cilium bool) *pluginOracle {
	c := &cluster{Rand: rand.New(rand.NewPCG(seed, 7)), namespaces: map[string]map[string]string{}}
	o := &pluginOracle{cluster: c, cilium: map[string][]ciliumPolicy{}, tiers: map[string]float64{"default": 1e6}, passing: map[string]bool{}}
	for i := range 1 + c.IntN(3) {
		name := fmt.Sprint("ns", i)
		c.namespaces[name] = map[string]string{"team": pick(c, "red", "blue")}
		c.put("", "Namespace", "", name, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: c.namespaces[name]}})
		for j := range 1 + c.IntN(3) {
			c.addPod(name, fmt.Sprint("pod", j))
		}
	}
	for _, p := range c.pods {
		p.Spec.HostNetwork, p.Spec.ServiceAccountName = false, pick(c, "a", "b")
	}
	for i := range c.IntN(3) {
		c.addPolicy(fmt.Sprint("np", i))
	}
	o.nps = oracle{cluster: c, profile: Profile{HostNetwork: Ignores}, asPods: !cilium}
	if cilium {
		for i := range 1 + c.IntN(4) {
			o.addCilium(fmt.Sprint("c", i))
		}
		return o
	}
	if c.IntN(2) == 0 {
		o.addTier("early", pick(c, 10.0, 2e6))
	}
	for i := range 1 + c.IntN(4) {
		o.addCalico(fmt.Sprint("p", i))
	}
	return o
}

func (o *pluginOracle) verdict(src, dst host, protocol corev1.Protocol, port int32) Verdict {
	if src.pod != nil && src.pod == dst.pod {
		return Allowed
	}
	side := o.calicoSide
	if len(o.cilium) > 0 {
		side = o.ciliumSide
	}
	out, in := [2]bool{true, false}, [2]bool{true, false}
	if src.pod != nil {
		out = side(Egress, src, dst, dst, protocol, port)
	}
	if dst.pod != nil {
		in = side(Ingress, dst, src, dst, protocol, port)
	}
	switch {
	case !out[0] || !in[0]:
		return Denied
	case out[1] || in[1]:
		return Undefined
	default:
		return Allowed
	}
}

// What the Network says of random clusters with policies of Cilium, or of Calico, is
// what the reference says, what it lists, and what it explains.
func TestRandomPlugins(t *testing.T) {
	count := uint64(2000)
	if testing.Short() {
		count = 200
	}
	for name, cilium := range map[string]bool{"cilium": true, "calico": false} {
		t.Run(name, func(t *testing.T) {
			verdicts := map[Verdict]int{}
			for seed := range count {
				o := newPluginOracle(seed, cilium)
				profile, err := ProfileByName(name)
				if err != nil {
					t.Fatal(err)
				}
				n := Model(o.snapshot().View(), profile)
				if len(n.Gaps()) > 0 {
					t.Fatalf("seed %d: %v", seed, n.Gaps())
				}
				o.compare(t, seed, n, verdicts)
			}
			t.Log(verdicts)
			if verdicts[Allowed] < int(count) || verdicts[Denied] < int(count) || verdicts[Unknown] > 0 {
				t.Errorf("the verdicts are %v", verdicts)
			}
		})
	}
}

func (o *pluginOracle) compare(t *testing.T, seed uint64, n *Network, verdicts map[Verdict]int) {
	listed := list(t, n)
	for range 30 {
		src, dst := o.host(), o.host()
		if src.pod == nil && dst.pod == nil {
			continue
		}
		protocol, port := pick(o.cluster, TCP, TCP, UDP, SCTP), pick[int32](o.cluster, 1, 52, 53, 79, 80, 81, 8080, 9000, 65535)
		want := o.verdict(src, dst, corev1.Protocol(protocol.String()), port)
		from, to := o.peer(t, n, src), o.peer(t, n, dst)
		got := n.Verdict(from, to, protocol, uint16(port))
		verdicts[got]++
		if got != want {
			for _, object := range o.objects {
				if raw, ok := object.Body.(snapshot.JSON); ok {
					t.Logf("%s %s", object.ID, raw)
				}
			}
			t.Fatalf("seed %d: %s to %s %s/%d: %s, the reference says %s: %+v", seed, from, to, protocol, port, got, want, n.Explain(from, to, protocol, uint16(port)).Sides)
		}
		if in := listed.find(from, to, protocol, uint16(port)); in != want && from.End != to.End {
			t.Fatalf("seed %d: %s to %s %s/%d is listed as %s, the reference says %s", seed, from, to, protocol, port, in, want)
		}
		sides := Allowed
		for _, s := range n.Explain(from, to, protocol, uint16(port)).Sides {
			sides = sides.and(s.Verdict)
		}
		if sides != want {
			t.Fatalf("seed %d: %s to %s %s/%d is explained as %s, the reference says %s", seed, from, to, protocol, port, sides, want)
		}
	}
}

// Hiding any kind that Model reads never makes a connection allowed or denied that was
// not so before, other than what the objects of the kind themselves are.
func TestHiddenPluginKinds(t *testing.T) {
	for seed := range uint64(60) {
		o := newPluginOracle(seed, seed%2 == 0)
		whole := Model(o.snapshot().View(), Profile{})
		for _, gk := range append(pluginKinds(), snapshot.GroupKind{Group: calicoGroup, Kind: "Tier"}, snapshot.GroupKind{Group: calicoStore, Kind: "Tier"}, snapshot.GroupKind{Group: calicoGroup, Kind: "GlobalNetworkSet"}, snapshot.GroupKind{Group: calicoStore, Kind: "HostEndpoint"}) {
			changes := []snapshot.Change{{Gap: &model.Gap{Scope: model.Scope{Group: gk.Group, Kind: gk.Kind}, Reason: "forbidden"}}}
			for _, object := range o.objects {
				if object.Group == gk.Group && object.Kind == gk.Kind {
					changes = append(changes, snapshot.Change{Delete: &object.ID})
				}
			}
			hidden := Model(o.snapshot().With(changes...).View(), Profile{})
			for range 30 {
				src, dst, port := o.host(), o.host(), pick[uint16](o.cluster, 53, 80, 8080)
				if src.pod == nil && dst.pod == nil {
					continue
				}
				was := whole.Verdict(o.peer(t, whole, src), o.peer(t, whole, dst), TCP, port)
				is := hidden.Verdict(o.peer(t, hidden, src), o.peer(t, hidden, dst), TCP, port)
				if is != Unknown && is != was {
					t.Fatalf("seed %d: without %s, %v to %v is %s, and was %s", seed, gk, src, dst, is, was)
				}
			}
		}
	}
}
