package document

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"holdfast.dev/holdfast/internal/snapshot"
)

var update = os.Getenv("UPDATE") != ""

// describeChanges renders what was decoded, a line each.
func describeChanges(changes []snapshot.Change) []string {
	var out []string
	for _, change := range changes {
		switch {
		case change.Put != nil:
			partial := ""
			if change.Put.Partial {
				partial = " partial"
			}
			out = append(out, fmt.Sprintf("%d object %s%s", change.Put.Origin.Line, change.Put.ID, partial))
		case change.Gap != nil:
			weight := "gap"
			if change.Gap.Refused {
				weight = "refused"
			}
			if change.Gap.Skipped {
				weight += " skipped"
			}
			out = append(out, fmt.Sprintf("%d %s: %s", change.Gap.Line, weight, change.Gap.Reason))
		}
	}
	return out
}

func decodeAll(text Text) []snapshot.Change {
	var changes []snapshot.Change
	NewDecoder("").Decode(text, func(change snapshot.Change) { changes = append(changes, change) })
	return changes
}

// TestBadInput reads testdata/bad/*.txtar: in each, a file (the first section,
// with the escapes of Go strings if its name ends in .quoted) and what is made of
// it when it is met in a folder (want), and when it was named (asked), if that
// differs.
func TestBadInput(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/bad.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(archive.Files); i += 2 {
		file, want := archive.Files[i], &archive.Files[i+1]
		t.Run(file.Name, func(t *testing.T) {
			data := unescape(t, file)
			var got strings.Builder
			folder := describeChanges(decodeAll(Text{File: "f", Data: data}))
			asked := describeChanges(decodeAll(Text{File: "f", Data: data, Asked: true}))
			fmt.Fprintln(&got, strings.Join(folder, "\n"))
			if !slices.Equal(folder, asked) {
				fmt.Fprintf(&got, "asked:\n%s\n", strings.Join(asked, "\n"))
			}
			if got.String() != string(want.Data) && !update {
				t.Errorf("got\n%swant\n%s", got.String(), want.Data)
			}
			want.Data = []byte(got.String())
		})
	}
	if update {
		if err := os.WriteFile("testdata/bad.txtar", txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// unescape makes bytes that a text file cannot show of ␀, ␍, ␉ and the like.
func unescape(t *testing.T, file txtar.File) []byte {
	t.Helper()
	return []byte(strings.NewReplacer(
		"␀", "\x00", "␍", "\r", "␉", "\t", "␡", "\xff", "␆", "\xfe", "<BOM>", "\ufeff", "<LS>", "\u2028", "␣", " ", "␄\n", "",
	).Replace(string(file.Data)))
}

// TestLargeDocument demands that one huge document costs neither memory nor the
// documents beside it.
func TestLargeDocument(t *testing.T) {
	good := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
	huge := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\ndata:\n" + "  c: " + strings.Repeat("x", maxDocument) + "\n"
	got := describeChanges(decodeAll(Text{File: "f", Data: []byte(good + "---\n" + huge + "---\n" + good)}))
	want := []string{"1 object default/a[ConfigMap]", "4 gap: the document is larger than 4 MiB: nothing so large is read, nor taken by the API server", "11 object default/a[ConfigMap]"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// TestManyGaps demands that a text with endless mistakes does not make endless
// gaps, and that what is not listed counts all the same.
func TestManyGaps(t *testing.T) {
	got := decodeAll(Text{File: "f", Data: []byte(strings.Repeat("---\nkind: Pod\nspec: {}\n", maxGaps+5))})
	last := got[len(got)-1]
	if len(got) != maxGaps+1 || last.Gap == nil || !last.Gap.Hides() || last.Gap.Reason != "5 more gaps of this text are not listed" {
		t.Errorf("%d changes, the last is %v", len(got), describeChanges(got[len(got)-1:]))
	}
}

func TestDoneEndsTheReading(t *testing.T) {
	done := make(chan struct{})
	close(done)
	if got := decodeAll(Text{Data: []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"), Done: done}); len(got) > 0 {
		t.Errorf("%q", describeChanges(got))
	}
}
