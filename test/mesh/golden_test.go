package mesh

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// The golden clusters of the analysis say what Istio does.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("../../internal/analysis/mesh/testdata/istio_*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(err, "no golden clusters")
	}
	var sum tally
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, section := range archive.Files {
			if !strings.HasSuffix(section.Name, ".yaml") || section.Name == "base.yaml" {
				continue
			}
			t.Run(filepath.Base(file)+"/"+section.Name, func(t *testing.T) {
				text := over(string(archive.Files[0].Data), string(section.Data))
				wrong, counted := compare(t, text)
				sum.add(counted)
				if len(wrong) > 0 {
					t.Errorf("%s\n%s", strings.Join(wrong, "\n"), text)
				}
			})
		}
	}
	t.Logf("%+v", sum)
	if sum.ways < 10000 || sum.constant > 0 {
		t.Errorf("too little is compared, or conditions make no difference: %+v", sum)
	}
}

// over lays the objects of a case over those of its base.
func over(base, text string) string {
	own := map[string]bool{}
	for document := range strings.SplitSeq(text, "\n---\n") {
		own[identify(document)] = true
	}
	for document := range strings.SplitSeq(base, "\n---\n") {
		if !own[identify(document)] {
			text += "\n---\n" + document
		}
	}
	return text
}

// identify is kind, namespace and name of a document, as the lines that say them.
func identify(document string) string {
	var id string
	for line := range strings.Lines(document) {
		if strings.HasPrefix(line, "kind: ") {
			id += line
		}
		if meta, ok := strings.CutPrefix(line, "metadata: {"); ok {
			for part := range strings.SplitSeq(meta, ",") {
				part = strings.TrimSpace(strings.TrimRight(part, "}\n"))
				if strings.HasPrefix(part, "name: ") || strings.HasPrefix(part, "namespace: ") {
					id += part + "\n"
				}
			}
		}
	}
	return id
}
