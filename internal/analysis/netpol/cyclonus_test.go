package netpol

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// cyclonusCase is one case of mattfenwick/cyclonus (MIT) and what its simulator says.
type cyclonusCase struct {
	N        int
	Desc     string
	Policies []*networkingv1.NetworkPolicy
	Cells    map[string]string
}

func cyclonusCases(t *testing.T) []cyclonusCase {
	t.Helper()
	path := filepath.Join("..", "..", "..", "..", "shared", "conformance", "cyclonus-cells.json.gz")
	file, err := os.Open(path)
	if err != nil {
		if os.Getenv("HOLDFAST_TEST_ALL") == "1" {
			t.Fatal(err)
		}
		t.Skipf("needs %s", path)
	}
	defer file.Close()
	raw, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var cases []cyclonusCase
	if err := json.NewDecoder(raw).Decode(&cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

// cyclonusCluster is the cluster of every case, with its policies.
func cyclonusCluster(policies []*networkingv1.NetworkPolicy) *snapshot.Snapshot {
	changes := everythingListed()
	put := func(group, kind, namespace, name string, body any) {
		kinds.Default(body)
		id := model.ID{Group: group, Kind: kind, Namespace: namespace, Name: name}
		changes = append(changes, snapshot.Change{Put: &snapshot.Object{Ref: model.Ref{ID: id}, Body: body}})
	}
	address := 0
	for _, ns := range []string{"x", "y", "z"} {
		put("", "Namespace", "", ns, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ns, Labels: map[string]string{"ns": ns}}})
		for _, name := range []string{"a", "b", "c"} {
			address++
			pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: ns, Labels: map[string]string{"pod": name}}}
			for _, port := range []int32{80, 81} {
				for _, protocol := range []corev1.Protocol{corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP} {
					named := fmt.Sprintf("serve-%d-%s", port, strings.ToLower(string(protocol)))
					pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Name: named, Ports: []corev1.ContainerPort{{Name: named, ContainerPort: port, Protocol: protocol}}})
				}
			}
			pod.Status.PodIPs = []corev1.PodIP{{IP: fmt.Sprintf("10.0.0.%d", address)}}
			put("", "Pod", ns, name, pod)
		}
	}
	for i, p := range policies {
		put("networking.k8s.io", "NetworkPolicy", p.Namespace, fmt.Sprintf("%s-%d", p.Name, i), p)
	}
	return snapshot.New(snapshot.Settings{}, changes...)
}

// reviewed are the cells in which Kubernetes differs from the simulator, by case: the
// policies allow the namespace with the label kubernetes.io/metadata.name=z, which the
// API server gives to every namespace and the simulator's namespaces lack.
func reviewed() map[int][]string {
	return map[int][]string{
		216: {"z/a>x/a/TCP/80", "z/b>x/a/TCP/80", "z/c>x/a/TCP/80"},
		217: {"x/a>z/a/TCP/80", "x/a>z/b/TCP/80", "x/a>z/c/TCP/80"},
	}
}

// Every cell of every case is as the simulator says, but for pods that reach themselves,
// on which Kubernetes applies no policy. The simulator lets an ipBlock mean pods.
func TestCyclonus(t *testing.T) {
	profile := Profile{PodBlocks: Applies}
	cells, blocks, named := 0, 0, 0
	for _, c := range cyclonusCases(t) {
		s := cyclonusCluster(c.Policies)
		n := Model(s.View(), profile)
		standard := Model(s.View(), Profile{})
		for cell, want := range c.Cells {
			src, rest, _ := strings.Cut(cell, ">")
			parts := strings.Split(rest, "/")
			dst := parts[0] + "/" + parts[1]
			from, to := end(t, n, src), end(t, n, dst)
			protocol, _ := ParseProtocol(parts[2])
			port, _ := strconv.ParseUint(parts[3], 10, 16)
			got := n.Verdict(Of(from), Of(to), protocol, uint16(port))
			if src == dst {
				if got != Allowed {
					t.Errorf("case %d: %s: a pod does not reach itself", c.N, cell)
				}
				continue
			}
			cells++
			if slices.Contains(reviewed()[c.N], cell) {
				named++
				want = "allowed"
			}
			if (got == Allowed) != (want == "allowed") || got == Unknown || got == Undefined {
				t.Errorf("case %d (%s): %s: %s, the simulator says %s", c.N, c.Desc, cell, got, want)
			}
			if plain := standard.Verdict(Of(end(t, standard, src)), Of(end(t, standard, dst)), protocol, uint16(port)); plain != got {
				blocks++
				if plain != Undefined {
					t.Errorf("case %d: %s: %s by default", c.N, cell, plain)
				}
			}
		}
	}
	t.Logf("%d cells, %d depend on whether an ipBlock means pods, %d on the label of namespaces", cells, blocks, named)
	if cells != 92448 || blocks != 298 || named != 6 {
		t.Error("the cells are not those that were reviewed")
	}
}
