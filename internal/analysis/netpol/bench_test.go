package netpol

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// benchPolicy is a policy of a service of a team: who of its own team may call it, a
// gateway, and where it goes, now and then outside.
func benchPolicy(i, teams int) *networkingv1.NetworkPolicy {
	tcp := corev1.ProtocolTCP
	port := func(p int) []networkingv1.NetworkPolicyPort {
		return []networkingv1.NetworkPolicyPort{{Protocol: &tcp, Port: new(intstr.FromInt(p))}}
	}
	app := func(i int) *metav1.LabelSelector {
		return &metav1.LabelSelector{MatchLabels: map[string]string{"app": fmt.Sprint("app-", i%10)}}
	}
	named := func(i int) *metav1.LabelSelector {
		return &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: fmt.Sprint("team-", i%teams)}}
	}
	np := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("policy-", i), Namespace: fmt.Sprint("team-", i%teams)}}
	np.Spec.PodSelector = *app(i / teams)
	np.Spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress}
	np.Spec.Ingress = []networkingv1.NetworkPolicyIngressRule{
		{From: []networkingv1.NetworkPolicyPeer{{PodSelector: app(i + 1)}, {PodSelector: app(i + 2)}}, Ports: port(8080 + i%7)},
		{From: []networkingv1.NetworkPolicyPeer{{NamespaceSelector: named(i / 3)}}, Ports: port(9090)},
	}
	np.Spec.Egress = []networkingv1.NetworkPolicyEgressRule{
		{To: []networkingv1.NetworkPolicyPeer{{NamespaceSelector: named(0), PodSelector: app(0)}}, Ports: port(53)},
		{To: []networkingv1.NetworkPolicyPeer{{NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"tier": fmt.Sprint("tier-", i%5)}}}}},
	}
	if i%10 == 0 {
		np.Spec.Egress = append(np.Spec.Egress, networkingv1.NetworkPolicyEgressRule{
			To: []networkingv1.NetworkPolicyPeer{{IPBlock: &networkingv1.IPBlock{CIDR: fmt.Sprintf("52.%d.0.0/16", i%256)}}}, Ports: port(443),
		})
	}
	kinds.Default(np)
	return np
}

// benchCluster has pods of ten services in each team's namespace, every pod with labels
// of its own besides.
func benchCluster(pods, policies int) []snapshot.Change {
	changes := everythingListed()
	put := func(group, kind, namespace, name string, body any) {
		id := model.ID{Group: group, Kind: kind, Namespace: namespace, Name: name}
		changes = append(changes, snapshot.Change{Put: &snapshot.Object{Ref: model.Ref{ID: id}, Body: body}})
	}
	teams := max(1, pods/100)
	for i := range teams {
		name := fmt.Sprint("team-", i)
		put("", "Namespace", "", name, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"tier": fmt.Sprint("tier-", i%5)}}})
	}
	for i := range pods {
		namespace, name := fmt.Sprint("team-", i%teams), fmt.Sprint("pod-", i)
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace, Labels: map[string]string{
			"app": fmt.Sprint("app-", i/teams%10), "pod-template-hash": fmt.Sprint("h", i), "version": fmt.Sprint("v", i%3),
		}}}
		p.Spec.Containers = []corev1.Container{{Name: "c", Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080, Protocol: corev1.ProtocolTCP}}}}
		p.Status.PodIPs = []corev1.PodIP{{IP: fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255)}}
		put("", "Pod", namespace, name, p)
	}
	for i := range policies {
		np := benchPolicy(i, teams)
		put("networking.k8s.io", "NetworkPolicy", np.Namespace, np.Name, np)
	}
	return changes
}

// pairs counts the pairs of pods between which something is not denied.
func pairs(n *Network) (count int) {
	for f := range n.Flows() {
		count += f.Src.Len() * f.Dst.Len()
	}
	return count
}

// BenchmarkAllPairs makes the Network of parsed objects and decides all pairs.
func BenchmarkAllPairs(b *testing.B) {
	for _, size := range []struct{ pods, policies int }{{100, 10}, {1000, 100}, {10000, 1000}, {10000, 10000}} {
		changes := benchCluster(size.pods, size.policies)
		b.Run(fmt.Sprintf("%d-pods-%d-policies", size.pods, size.policies), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s := snapshot.New(snapshot.Settings{Live: true}, changes...)
				if pairs(Model(s.View(), Profile{})) == 0 {
					b.Fatal("nothing is allowed")
				}
			}
		})
	}
}

// BenchmarkClassesOfOne has no two pods that policies cannot tell apart.
func BenchmarkClassesOfOne(b *testing.B) {
	changes := benchCluster(10000, 1000)
	for i := range 10000 {
		np := benchPolicy(i, 100)
		np.Name = fmt.Sprint("own-", i)
		np.Spec.PodSelector = metav1.LabelSelector{MatchLabels: map[string]string{"pod-template-hash": fmt.Sprint("h", i)}}
		np.Namespace = fmt.Sprint("team-", i%100)
		id := model.ID{Group: "networking.k8s.io", Kind: "NetworkPolicy", Namespace: np.Namespace, Name: np.Name}
		changes = append(changes, snapshot.Change{Put: &snapshot.Object{Ref: model.Ref{ID: id}, Body: np}})
	}
	b.ReportAllocs()
	for b.Loop() {
		s := snapshot.New(snapshot.Settings{Live: true}, changes...)
		if pairs(Model(s.View(), Profile{})) == 0 {
			b.Fatal("nothing is allowed")
		}
	}
}

// BenchmarkOnePolicyChanged asks one question and all of one pod after a policy changed.
func BenchmarkOnePolicyChanged(b *testing.B) {
	s := snapshot.New(snapshot.Settings{Live: true}, benchCluster(10000, 1000)...)
	pairs(Model(s.View(), Profile{}))
	for i := 0; b.Loop(); i++ {
		np := benchPolicy(500+i%2, 100)
		np.Name = "policy-500"
		id := model.ID{Group: "networking.k8s.io", Kind: "NetworkPolicy", Namespace: np.Namespace, Name: np.Name}
		next := s.With(snapshot.Change{Put: &snapshot.Object{Ref: model.Ref{ID: id}, Body: np}})
		n := Model(next.View(), Profile{})
		if n.Verdict(Of(n.Ends()[0]), Of(n.Ends()[5000]), TCP, 53) == Unknown {
			b.Fatal("unknown")
		}
	}
}

// BenchmarkEach lists every connection of every pair.
func BenchmarkEach(b *testing.B) {
	n := Model(snapshot.New(snapshot.Settings{Live: true}, benchCluster(10000, 1000)...).View(), Profile{})
	for b.Loop() {
		count := 0
		for range n.Connections() {
			count++
		}
		b.ReportMetric(float64(count), "connections")
	}
}
