package exposure

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
	"holdfast.dev/holdfast/internal/snapshot/implied"
)

var update = flag.Bool("update", false, "write what is found as what is wanted")

// decode reads manifests of one file.
func decode(t testing.TB, file, text string) []snapshot.Change {
	t.Helper()
	var changes []snapshot.Change
	document.NewDecoder("default").Decode(document.Text{File: file, Data: []byte(text), Editable: true}, func(c snapshot.Change) { changes = append(changes, c) })
	return changes
}

// everythingListed says that every kind which is read here is completely known.
func everythingListed() []snapshot.Change {
	var changes []snapshot.Change
	for _, gk := range slices.Concat(Kinds(), netpol.PolicyKinds()) {
		changes = append(changes, snapshot.Change{Listed: &model.Scope{Group: gk.Group, Kind: gk.Kind}})
	}
	return changes
}

// running is a cluster in which every kind was listed.
func running(changes ...snapshot.Change) *snapshot.Snapshot {
	return snapshot.New(snapshot.Settings{Live: true}, slices.Concat(changes, everythingListed())...)
}

// written is what files say.
func written(changes ...snapshot.Change) *snapshot.Snapshot {
	return snapshot.New(snapshot.Settings{}, slices.Concat(changes, implied.OfFiles(changes))...)
}

// describe renders a model, one path or broken door in a line.
func describe(m *Model) string {
	var b strings.Builder
	for i := range m.Paths {
		p := &m.Paths[i]
		if p.Possible {
			b.WriteString("perhaps ")
		}
		fmt.Fprintf(&b, "%s %s -> %s %d/%s%s at %s:%d%s from %s", p.Way, p.Entry.Name, p.Target.String(), p.Target.Port, p.Target.Protocol,
			maybe(" ", p.Target.Name), maybe("", strings.Join(p.Addresses, ",")+p.Host), p.Port, p.URL, p.Sources.Audience)
		for _, r := range p.Sources.Ranges {
			b.WriteString(" " + r.String())
		}
		for _, r := range p.Sources.Except {
			b.WriteString(" !" + r.String())
		}
		fmt.Fprintf(&b, " tls %s%s%s\n", p.TLS.Mode, maybe(" plain ", p.TLS.Plain.String()), maybe(" ", string(p.ExternalTrafficPolicy)))
	}
	for i := range m.Broken {
		fmt.Fprintf(&b, "broken %s %s: %s\n", m.Broken[i].Way, m.Broken[i].Entry.Name, m.Broken[i].Reason)
	}
	return b.String()
}

func maybe(before, text string) string {
	if text == "" {
		return ""
	}
	return before + text
}

// Each archive has the objects of every case in common.yaml, and cases: NAME.yaml with
// NAME.want. A case whose name begins with live is a running cluster.
func TestPaths(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		common := content(archive, "common.yaml")
		for i := range archive.Files {
			name, ok := strings.CutSuffix(archive.Files[i].Name, ".want")
			if !ok {
				continue
			}
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar")+"/"+name, func(t *testing.T) {
				got := describe(Of(caseOf(t, name, common, content(archive, name+".yaml")).View(), ""))
				if want := string(archive.Files[i].Data); got != want && !*update {
					t.Errorf("got:\n%swant:\n%s", got, want)
				}
				archive.Files[i].Data = []byte(got)
			})
		}
		if *update {
			if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func caseOf(t testing.TB, name, common, text string) *snapshot.Snapshot {
	t.Helper()
	changes := append(decode(t, "common.yaml", common), decode(t, name+".yaml", text)...)
	if strings.HasPrefix(name, "live") {
		return running(changes...)
	}
	return written(changes...)
}

func content(archive *txtar.Archive, name string) string {
	for i := range archive.Files {
		if archive.Files[i].Name == name {
			return string(archive.Files[i].Data)
		}
	}
	return ""
}
