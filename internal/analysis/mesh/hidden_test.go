package mesh_test

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// What is not read leaves a verdict as it is or makes it unknown, over every case and
// every kind that is no workload, and of running clusters the pods and whose they are.
// Denied stays possible: a DENY that was read stands.
func TestHiddenKindsMakeNoNewVerdict(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.txtar")
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, section := range archive.Files {
			if strings.HasSuffix(section.Name, ".yaml") && section.Name != "base.yaml" {
				t.Run(section.Name, func(t *testing.T) { hideEach(t, read(t, archive.Files[0].Data, section.Data)) })
			}
		}
	}
}

func hideEach(t *testing.T, whole *snapshot.Snapshot) {
	before := mesh.Of(whole.View())
	for _, gk := range mesh.Kinds() {
		running := gk.Kind == "Pod" || gk.Kind == "ReplicaSet"
		if workload.Is(gk) && !(running && whole.Settings().Live) {
			continue
		}
		hidden := []snapshot.Change{{Gap: &model.Gap{Scope: model.Scope{Group: gk.Group, Kind: gk.Kind}, Reason: "hidden"}}}
		for _, object := range whole.Objects(gk) {
			hidden = append(hidden, snapshot.Change{Delete: &object.ID})
		}
		without := whole.With(hidden...)
		view := without.View()
		after := mesh.Of(view)
		for _, server := range before.Workloads() {
			for _, port := range before.Ports(server) {
				for _, client := range append([]*mesh.Workload{nil}, before.Workloads()...) {
					var hiddenClient *mesh.Workload
					if client != nil {
						hiddenClient = after.Find(client.Object)
					}
					if after.Find(server.Object) == nil || client != nil && hiddenClient == nil {
						continue // it was hidden itself
					}
					a, b := before.Verdict(client, server, port), after.Verdict(hiddenClient, after.Find(server.Object), port)
					if b.Transport != mesh.TransportUnknown && b.Transport != a.Transport || b.Access != mesh.AccessUnknown && b.Access != a.Access {
						t.Errorf("without %s: %v to %s:%d was %s %s, is %s %s", gk, nameOf(client), server.Object.ID, port, a.Transport, a.Access, b.Transport, b.Access)
					}
					if b.Transport != a.Transport && len(view.Missing()) == 0 {
						t.Errorf("without %s: the view does not know that something is missing", gk)
					}
				}
			}
		}
	}
}

func nameOf(w *mesh.Workload) string {
	if w == nil {
		return "outside"
	}
	return w.Object.ID.String()
}
