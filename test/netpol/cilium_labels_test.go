package netpol_test

import (
	"fmt"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/analysis/netpol"
)

// A selector by a label that Cilium leaves aside selects nothing: Holdfast leaves that
// open, since it can be configured, and never takes such a label for one that selects.
func TestCiliumLabels(t *testing.T) {
	seen, left := 0, 0
	for _, prefix := range []string{
		"", "a.b/", "app.kubernetes.io/", "kubernetes.io/", "k8s.io/", "my.kubernetes.io/", "io.kubernetes/", "io.kubernetes.pod.", "io.cilium.k8s.", "io.cilium.k8s.policy.",
		"io.cilium/", "beta.kubernetes.io/", "x.beta.kubernetes.io/", "topology.kubernetes.io/", "statefulset.kubernetes.io/", "apps.kubernetes.io/",
		"batch.kubernetes.io/", "networking.k8s.io/", "node.kubernetes.io/", "helm.sh/",
	} {
		for _, name := range []string{
			"app", "name", "pod-name", "pod-index", "job-name", "job-completion-index", "controller-uid", "pod-template-hash", "pod-template-generation",
			"controller-revision-hash", "annotation", "annotations-of", "etcd_node", "zone", "serviceaccount", "cluster", "k8s.io", "kubernetes.io",
		} {
			key := prefix + name
			if key == "io.kubernetes.pod.namespace" {
				continue
			}
			c := newCluster(1, 5)
			pod := c.parties()[0]
			pod.pod.Labels[key] = "x"
			engine := newCiliumEngine(t, c, clusterName)
			spec := &ciliumSpec{EndpointSelector: &metav1.LabelSelector{MatchLabels: map[string]string{key: "x"}}, Ingress: []ciliumRule{{}}}
			policy := ciliumPolicy{Metadata: metav1.ObjectMeta{Name: "p", Namespace: pod.pod.Namespace}, Spec: spec}
			if err := engine.add(t, c.putJSON("cilium.io", "CiliumNetworkPolicy", policy.Metadata.Namespace, "p", policy)); err != nil {
				t.Fatalf("%s: %v", key, err)
			}
			n := c.model(t, "cilium")
			q := connection{src: c.parties()[len(c.pods)], dst: pod, port: 80}
			got, want := n.Verdict(c.peer(t, n, q.src), c.peer(t, n, q.dst), q.protocol, q.port), engine.verdict(t, q)
			switch {
			case got == want && got == netpol.Denied:
				seen++
			case got == netpol.Unknown && want == netpol.Allowed:
				left++
			case got != netpol.Unknown && got != want:
				t.Errorf("label %s: %s, Cilium says %s; %s", key, got, want, fmt.Sprint(n.Gaps()))
			}
		}
	}
	t.Logf("%d labels are seen by both, %d by none", seen, left)
	if seen < 50 || left < 50 {
		t.Error("one of them is too rare: the test proves little")
	}
}
