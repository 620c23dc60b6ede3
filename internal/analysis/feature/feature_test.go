package feature

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

func TestOn(t *testing.T) {
	for _, test := range []struct {
		gate      Gate
		minor     int
		set       map[string]bool
		arguments string // of the API server, if there is one
		on, known bool
	}{
		{gate: PodUpgradeNeedsCreate, minor: 34, known: true},
		{gate: PodUpgradeNeedsCreate, minor: 35, on: true, known: true},
		{gate: PodUpgradeNeedsCreate, minor: 36, set: map[string]bool{"AuthorizePodWebsocketUpgradeCreatePermission": false}, known: true},
		{gate: PodUpgradeNeedsCreate, minor: 36, arguments: "--feature-gates=A=true,AuthorizePodWebsocketUpgradeCreatePermission=false", known: true},
		{gate: PodUpgradeNeedsCreate, minor: 36, arguments: "$MORE", on: true},
		{gate: PodUpgradeNeedsCreate, minor: 34, set: map[string]bool{"AuthorizePodWebsocketUpgradeCreatePermission": true}, known: true}, // 1.34 does not have it
		{gate: NodeLogQuery, minor: 36, set: map[string]bool{"NodeLogQuery": false}, on: true, known: true},                               // locked
		{gate: NodeLogQuery, minor: 35, set: map[string]bool{"NodeLogQuery": true}, on: true, known: true},
		{gate: NodeLogQuery, minor: 35, known: true},
		{gate: ConstrainedImpersonate, minor: 36, on: true, known: true},
		{gate: "NoSuchGate", minor: 36, known: true},
	} {
		settings := snapshot.Settings{Version: snapshot.Version{Major: 1, Minor: test.minor}, Gates: test.set}
		on, known := On(snapshot.New(settings, server(test.arguments)...).View(), test.gate)
		if on != test.on || known != test.known {
			t.Errorf("%s in 1.%d with %v and %q: on %t, known %t", test.gate, test.minor, test.set, test.arguments, on, known)
		}
	}
}

func server(argument string) []snapshot.Change {
	if argument == "" {
		return nil
	}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: "kube-apiserver-a"}}
	pod.Spec.Containers = []corev1.Container{{Name: "kube-apiserver", Command: []string{"sh", "-c", "kube-apiserver " + argument}}}
	id := model.ID{Kind: "Pod", Namespace: pod.Namespace, Name: pod.Name}
	return []snapshot.Change{{Put: &snapshot.Object{Ref: model.Ref{ID: id, Version: "v1"}, Body: pod}}}
}

func TestParse(t *testing.T) {
	set, err := Parse([]string{"NodeLogQuery=true", " DRAAdminAccess=false"})
	if err != nil || !set["NodeLogQuery"] || set["DRAAdminAccess"] || len(set) != 2 {
		t.Error(set, err)
	}
	for _, wrong := range []string{"", "NodeLogQuery", "NodeLogQuery=maybe", "nodelogquery=true", "=true", "AllBeta=true"} {
		if _, err := Parse([]string{wrong}); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}
