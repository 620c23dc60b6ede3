package netpol

import (
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
		profile := Profile{HostNetwork: pick(c, Open, Applies, Ignores), PodBlocks: pick(c, Open, Applies, Ignores)}
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
