package checktest

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// FixtureName is the file name of the fixture of a control.
func FixtureName(id string) string { return strings.ReplaceAll(id, "-", "_") + ".txtar" }

// Documented demands of a control, be it of a check or of a technique of attack, what
// its page is made from: an id, a title, a rationale, a remediation and a reference.
func Documented(t *testing.T, c model.Control) {
	t.Helper()
	if !regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`).MatchString(c.ID) {
		t.Errorf("id %q: use lower-case words and hyphens", c.ID)
	}
	if len(c.Title) < 8 || len(c.Title) > 80 || strings.HasSuffix(c.Title, ".") {
		t.Errorf("%s: the title is a short statement without a full stop, of 8 to 80 characters: %q", c.ID, c.Title)
	}
	for name, text := range map[string]string{"Rationale": c.Rationale, "Remediation": c.Remediation} {
		if len(text) < 15 {
			t.Errorf("%s: %s is missing", c.ID, name)
		}
	}
	if len(c.References) == 0 {
		t.Errorf("%s: needs a reference", c.ID)
	}
}

// Compare demands that the section "want" of a fixture is what was found; with update
// it writes what was found there instead. path is the archive's file.
func Compare(t *testing.T, archive *txtar.Archive, path string, found []byte, update bool) {
	t.Helper()
	i := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == "want" })
	if i < 0 {
		archive.Files = append(archive.Files, txtar.File{Name: "want"})
		i = len(archive.Files) - 1
	}
	if bytes.Equal(bytes.TrimSpace(archive.Files[i].Data), bytes.TrimSpace(found)) {
		return
	}
	if !update {
		t.Errorf("%s: found:\n%s\nwant:\n%s\n(go test -update of this package rewrites it)", path, found, archive.Files[i].Data)
		return
	}
	archive.Files[i].Data = found
	if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Understood is [Snapshot], and demands that nothing of the section was left out
// because it could not be read.
func Understood(t *testing.T, comment, section string, data []byte) *snapshot.Snapshot {
	t.Helper()
	s := Snapshot(t, comment, section, data)
	for _, gap := range s.Gaps() {
		if gap.Hides() {
			t.Errorf("%s:%d: the fixture is not understood: %s", section, gap.Line, gap.Reason)
		}
	}
	return s
}

// Without is the snapshot as it would be if a kind could not be listed.
func Without(s *snapshot.Snapshot, gk snapshot.GroupKind) *snapshot.Snapshot {
	changes := []snapshot.Change{{Gap: &model.Gap{Scope: model.Scope{Group: gk.Group, Kind: gk.Kind}, Reason: "dropped"}}}
	for _, object := range s.Objects(gk) {
		changes = append(changes, snapshot.Change{Delete: &object.ID})
	}
	return s.With(changes...)
}
