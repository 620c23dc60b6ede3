package netpol_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/mattfenwick/cyclonus/pkg/matcher"

	"holdfast.dev/holdfast/internal/analysis/netpol"
)

// What Holdfast says of 4,000 clusters with NetworkPolicies is what the simulator of
// cyclonus says. It lets an ipBlock mean pods.
func TestAgainstCyclonus(t *testing.T) {
	t.Parallel()
	var counts tally
	for seed := range uint64(4000) {
		c := newCluster(seed, 1)
		c.noAbsentNotIn = true
		c.addPolicies(4, true)
		theirs := matcher.BuildNetworkPolicies(seed%2 == 0, c.policies)
		ours := c.model(t, "calico")
		if len(ours.Gaps()) > 0 {
			t.Fatalf("seed %d: %v", seed, ours.Gaps())
		}
		for range 40 {
			q := c.ask()
			got := ours.Verdict(c.peer(t, ours, q.src), c.peer(t, ours, q.dst), q.protocol, q.port)
			want := netpol.Denied
			if theirs.IsTrafficAllowed(c.traffic(q)).IsAllowed() {
				want = netpol.Allowed
			}
			switch {
			case got == want && got == netpol.Allowed:
				counts.allowed++
			case got == want:
				counts.denied++
			default:
				c.dump(t)
				t.Fatalf("seed %d: %s: %s, the simulator says %s", seed, q, got, want)
			}
		}
	}
	counts.check(t, 0)
}

// traffic is a question in the terms of the simulator.
func (c *cluster) traffic(q connection) *matcher.Traffic {
	t := &matcher.Traffic{
		Source: c.trafficPeer(q.src), Destination: c.trafficPeer(q.dst),
		ResolvedPort: int(q.port), Protocol: corev1.Protocol(q.protocol.String()),
	}
	if q.dst.pod != nil {
		for _, p := range q.dst.pod.Spec.Containers[0].Ports {
			if p.ContainerPort == int32(q.port) && p.Protocol == t.Protocol {
				t.ResolvedPortName = p.Name
			}
		}
	}
	return t
}

func (c *cluster) trafficPeer(p party) *matcher.TrafficPeer {
	peer := &matcher.TrafficPeer{IP: p.address.String()}
	if p.pod != nil {
		peer.Internal = &matcher.InternalPeer{PodLabels: p.pod.Labels, NamespaceLabels: c.namespaces[p.pod.Namespace].Labels, Namespace: p.pod.Namespace}
	}
	return peer
}
