package rbac

import (
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// manyPods has pods in namespaces, each with a secret that all share and two of its
// own.
func manyPods(pods, inNamespace int) *snapshot.Snapshot {
	changes := append(everything(), snapshot.Change{Listed: &model.Scope{Kind: "Pod"}}, snapshot.Change{Listed: &model.Scope{Kind: "PersistentVolume"}})
	for i := range pods {
		id := model.ID{Kind: "Pod", Namespace: fmt.Sprint("team-", i/inNamespace), Name: fmt.Sprint("pod-", i)}
		pod := &corev1.Pod{Spec: corev1.PodSpec{NodeName: fmt.Sprint("node-", i%500), ServiceAccountName: "default"}}
		for _, name := range []string{"shared", fmt.Sprint("a-", i), fmt.Sprint("b-", i)} {
			pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: name}}})
		}
		changes = append(changes, snapshot.Change{Put: &snapshot.Object{Ref: model.Ref{ID: id}, Body: pod}})
	}
	return snapshot.New(snapshot.Settings{Live: true, Version: snapshot.Version{Major: 1, Minor: 36}}, changes...)
}

// BenchmarkNodes asks which nodes can read a secret of a namespace of 50,000 pods, and
// makes the index for that.
func BenchmarkNodes(b *testing.B) {
	s := manyPods(50_000, 50_000)
	shared, own := request("get secrets shared -n team-0"), request("get secrets a-777 -n team-0")
	b.Run("index", func(b *testing.B) {
		for b.Loop() {
			podUses.Compute(s.View(), "team-0")
		}
	})
	v := s.View()
	for name, r := range map[string]Request{"all-pods": shared, "one-pod": own} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				WhoCan(v, r)
			}
		})
	}
	who := nodeUser("node-277").Identities()
	b.Run("authorize", func(b *testing.B) {
		for b.Loop() {
			Authorize(v, who, own)
		}
	})
}

// One namespace with 50,000 pods is no trouble. The bound is wide: the figures are
// those of the benchmark.
func TestManyPodsAreFast(t *testing.T) {
	v := manyPods(50_000, 50_000).View()
	r := request("get secrets shared -n team-0")
	if grants, _ := WhoCan(v, r); len(grants) != 50_001 {
		t.Fatalf("%d grants", len(grants))
	}
	if took := fastest(5, func() { WhoCan(v, r) }); took > 500*time.Millisecond {
		t.Errorf("WhoCan took %v", took)
	}
	own := request("get secrets a-777 -n team-0")
	if took := fastest(5, func() { WhoCan(v, own) }); took > 50*time.Millisecond {
		t.Errorf("of one pod's secret, WhoCan took %v", took)
	}
}
