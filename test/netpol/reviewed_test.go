package netpol_test

import (
	"net/netip"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/mattfenwick/cyclonus/pkg/matcher"

	"holdfast.dev/holdfast/internal/analysis/netpol"
)

// reviewed is a difference that was looked into: the API's documentation is with
// Holdfast. The generators leave out what it is about. The test fails when the
// difference is gone.
type reviewed struct {
	spec   networkingv1.NetworkPolicySpec
	egress bool // the connection asked about leaves the pod; otherwise it enters
	ours   netpol.Verdict
	theirs func(*testing.T, *cluster, connection) bool
}

func cyclonusAllows(_ *testing.T, c *cluster, q connection) bool {
	return matcher.BuildNetworkPolicies(false, c.policies).IsTrafficAllowed(c.traffic(q)).IsAllowed()
}

func ciliumAllows(scope string) func(*testing.T, *cluster, connection) bool {
	return func(t *testing.T, c *cluster, q connection) bool {
		e := newCiliumEngine(t, c, scope)
		e.addPolicies(t, c)
		return e.verdict(t, q) == netpol.Allowed
	}
}

func TestReviewed(t *testing.T) {
	notIn := func(key, value string) *metav1.LabelSelector {
		return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: key, Operator: metav1.LabelSelectorOpNotIn, Values: []string{value}}}}
	}
	for name, r := range map[string]reviewed{
		// In Kubernetes, NotIn matches what lacks the label as well: Requirement.Matches of
		// k8s.io/apimachinery/pkg/labels, which LabelSelectorAsSelector makes of it.
		"cyclonus: NotIn needs the label": {
			spec: networkingv1.NetworkPolicySpec{PodSelector: *notIn("env", "dev"), PolicyTypes: []networkingv1.PolicyType{"Ingress"}},
			ours: netpol.Denied, theirs: cyclonusAllows,
		},
		// policyTypes says which rules a policy has: k8s.io/api/networking/v1/types.go.
		// Cilium looks at it for directions without rules only: ParseNetworkPolicy of pkg/k8s.
		"Cilium: rules of a direction that policyTypes leave out": {
			spec: networkingv1.NetworkPolicySpec{
				Egress:      []networkingv1.NetworkPolicyEgressRule{{To: []networkingv1.NetworkPolicyPeer{{PodSelector: &metav1.LabelSelector{}}}}},
				PolicyTypes: []networkingv1.PolicyType{"Ingress"},
			},
			egress: true, ours: netpol.Allowed, theirs: ciliumAllows(clusterName),
		},
		// A podSelector selects by any label. Cilium leaves those aside that identities are not
		// made of: https://docs.cilium.io/en/stable/operations/performance/scalability/identity-relevant-labels/.
		"Cilium: labels that identities are not made of": {
			spec: networkingv1.NetworkPolicySpec{
				PodSelector: metav1.LabelSelector{MatchLabels: map[string]string{"pod-template-hash": "x"}},
				PolicyTypes: []networkingv1.PolicyType{"Ingress"},
			},
			ours: netpol.Denied, theirs: ciliumAllows(clusterName),
		},
		// A namespaceSelector selects namespaces. Cilium took what has no namespace for
		// something that is not in the one named, until it added the name of the cluster.
		"Cilium before 1.19: namespaces that are not something": {
			spec: networkingv1.NetworkPolicySpec{
				Ingress:     []networkingv1.NetworkPolicyIngressRule{{From: []networkingv1.NetworkPolicyPeer{{NamespaceSelector: notIn("team", "none")}}}},
				PolicyTypes: []networkingv1.PolicyType{"Ingress"},
			},
			ours: netpol.Denied, theirs: ciliumAllows(anyCluster),
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(1, 1)
			pod := c.parties()[0]
			delete(pod.pod.Labels, "env")
			pod.pod.Labels["pod-template-hash"] = "x"
			np := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Name: "np", Namespace: pod.pod.Namespace}, Spec: r.spec}
			c.policies = append(c.policies, np)
			c.putJSON("networking.k8s.io", "NetworkPolicy", np.Namespace, np.Name, np)
			q := connection{src: party{address: netip.MustParseAddr("8.8.8.8")}, dst: pod, port: 80}
			if r.egress {
				q.src, q.dst = q.dst, q.src
			}
			n := c.model(t, "default")
			if got := n.Verdict(c.peer(t, n, q.src), c.peer(t, n, q.dst), q.protocol, q.port); got != r.ours {
				t.Errorf("%s: %s, want %s", q, got, r.ours)
			}
			if r.theirs(t, c, q) == (r.ours == netpol.Allowed) {
				t.Error("there is no difference any more")
			}
		})
	}
}
