package all

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/check/checktest"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
	"holdfast.dev/holdfast/internal/snapshot/implied"
)

// A control plane as kubeadm sets it up must not be called worse than it is: what
// is found is written down in the file want beside the manifests, and none of it is
// critical or high.
func TestStockControlPlane(t *testing.T) {
	dir := filepath.Join("..", "testdata", "stock", "kubeadm-1.36.3")
	for _, test := range []struct {
		name string
		live bool
		skip string // a file that is not in a running cluster
	}{{"files", false, "cluster.yaml"}, {"live", true, "kubeadm.yaml"}} {
		t.Run(test.name, func(t *testing.T) {
			s := stock(t, dir, test.skip, test.live)
			findings, _, gaps := check.Run(s, controlPlaneChecks(), check.Options{})
			if len(gaps) > 0 {
				t.Error(gaps)
			}
			result := model.Result{Findings: findings}
			result.Sort()
			var found strings.Builder
			for i := range result.Findings {
				f := &result.Findings[i]
				if f.Severity >= model.High {
					t.Errorf("%s %s: %s", f.Severity, f.Control, f.Message)
				}
				name := f.Object.Kind + " " + filepath.Base(f.Object.Name)
				fmt.Fprintf(&found, "%s %s %s: %s\n", f.Severity, f.Control, name, f.Message)
			}
			golden(t, filepath.Join(dir, "want-"+test.name), found.String())
		})
	}
}

func controlPlaneChecks() []check.Check {
	return slices.DeleteFunc(Checks(), func(c check.Check) bool { return c.Layer != model.LayerCluster })
}

func stock(t *testing.T, dir, skip string, live bool) *snapshot.Snapshot {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatal("no stock manifests", err)
	}
	var changes []snapshot.Change
	decoder := document.NewDecoder("")
	for _, file := range files {
		if filepath.Base(file) == skip {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		decoder.Decode(document.Text{File: filepath.Base(file), Data: data}, func(c snapshot.Change) { changes = append(changes, c) })
	}
	if live {
		for _, info := range decoder.Kinds.All() {
			changes = append(changes, snapshot.Change{Listed: &model.Scope{Group: info.Group, Kind: info.Kind}})
		}
	} else {
		changes = append(changes, implied.OfFiles(changes)...)
	}
	return snapshot.New(snapshot.Settings{Version: checktest.Newest(), Live: live}, changes...)
}

func golden(t *testing.T, file, have string) {
	t.Helper()
	want, err := os.ReadFile(file)
	if err == nil && string(want) == have {
		return
	}
	if !*update {
		t.Errorf("%s: found:\n%s\nwant:\n%s", file, have, want)
		return
	}
	if err := os.WriteFile(file, []byte(have), 0o644); err != nil {
		t.Fatal(err)
	}
}
