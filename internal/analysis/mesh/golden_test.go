package mesh_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
	"holdfast.dev/holdfast/internal/snapshot/implied"
)

// Each case is what a page of the mesh's documentation, or its source where the pages
// are silent, says of some policies. A case is a section NAME.yaml, which starts with
// the address of the page and is read over the section base.yaml, and a section
// NAME.want of lines
//
//	CLIENT SERVER:PORT TRANSPORT ACCESS [CONDITION]
//
// with workloads as namespace/name, and outside for a client of no mesh elsewhere.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(err, "no cases")
	}
	cases := 0
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sections := map[string][]byte{}
		for _, section := range archive.Files {
			sections[section.Name] = section.Data
		}
		for _, section := range archive.Files {
			name, ok := strings.CutSuffix(section.Name, ".yaml")
			if !ok || name == "base" {
				continue
			}
			cases++
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar")+"/"+name, func(t *testing.T) {
				golden(t, name, sections["base.yaml"], section.Data, sections[name+".want"])
			})
		}
	}
	if cases < 150 {
		t.Errorf("%d cases", cases)
	}
}

var page = regexp.MustCompile(`^# (https://|istio |ztunnel |linkerd2 )\S+`)

func golden(t *testing.T, name string, base, text, want []byte) {
	if !page.Match(text) {
		t.Error("cite the page that says so in the first line")
	}
	if len(bytes.TrimSpace(want)) == 0 {
		t.Fatal("no expectation")
	}
	m := mesh.Of(read(t, base, text).View())
	for line := range strings.Lines(string(want)) {
		fields := strings.SplitN(strings.TrimSpace(line), " ", 5)
		verdict := ask(t, m, fields[0], fields[1])
		got := fmt.Sprintf("%s %s %s %s", fields[0], fields[1], verdict.Transport, verdict.Access)
		if verdict.Condition != "" {
			got += " " + verdict.Condition
		}
		if got != strings.TrimSpace(line) {
			t.Errorf("\ngot  %s\nwant %s%s", got, line, explain(verdict))
		}
	}
}

func ask(t *testing.T, m *mesh.Mesh, client, target string) mesh.Verdict {
	t.Helper()
	server, port, _ := strings.Cut(target, ":")
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	return m.Verdict(find(t, m, client), find(t, m, server), uint16(number))
}

func find(t *testing.T, m *mesh.Mesh, name string) *mesh.Workload {
	t.Helper()
	if name == "outside" {
		return nil
	}
	for _, w := range m.Workloads() {
		if w.Namespace()+"/"+w.Object.Name == name {
			return w
		}
	}
	t.Fatalf("no workload %s", name)
	return nil
}

func explain(verdict mesh.Verdict) string {
	var b strings.Builder
	for _, way := range verdict.Ways {
		service := "directly"
		if way.Service != nil {
			service = "through " + way.Service.Name
		}
		fmt.Fprintf(&b, "  %s: %s %s %s %s\n", service, way.Transport, way.Access, way.Condition, way.Identity)
		for _, r := range way.Reasons {
			fmt.Fprintf(&b, "    %s", r.Text)
			if r.Object != nil {
				fmt.Fprintf(&b, " (%s %s)", r.Object.ID, r.Path)
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// read makes the snapshot of a case: its objects stand for those of the base. A line
// "# live" makes it a running cluster of which every kind was listed.
func read(t *testing.T, base, text []byte) *snapshot.Snapshot {
	t.Helper()
	live := bytes.Contains(text, []byte("\n# live\n"))
	var changes []snapshot.Change
	own := map[model.ID]bool{}
	document.NewDecoder("").Decode(document.Text{File: "case.yaml", Data: text, Asked: true}, func(c snapshot.Change) {
		if c.Put != nil {
			own[c.Put.ID] = true
		}
		changes = append(changes, c)
	})
	document.NewDecoder("").Decode(document.Text{File: "base.yaml", Data: base, Asked: true}, func(c snapshot.Change) {
		if c.Put == nil || !own[c.Put.ID] {
			changes = append(changes, c)
		}
	})
	settings := snapshot.Settings{Version: snapshot.Version{Major: 1, Minor: 36}, Live: live}
	if !live {
		return snapshot.New(settings, append(changes, implied.OfFiles(changes)...)...)
	}
	for _, gk := range mesh.Kinds() {
		changes = append(changes, snapshot.Change{Listed: &model.Scope{Group: gk.Group, Kind: gk.Kind}})
	}
	return snapshot.New(settings, changes...)
}
