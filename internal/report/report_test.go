package report

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/model"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func render(t testing.TB, f Format, scan Scan, opts Options) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, f, scan, opts); err != nil {
		t.Fatalf("%s: %v", f, err)
	}
	return out.Bytes()
}

// goldenFiles is every file of testdata and what stands in it. The style and the
// script of pages have files of their own.
func goldenFiles(t *testing.T) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	add := func(name string, f Format, scan Scan, opts Options) {
		out := render(t, f, scan, opts)
		for _, part := range []struct{ text, name string }{{pageStyle, "style"}, {pageScript, "script"}} {
			out = bytes.ReplaceAll(out, []byte(part.text), []byte("("+part.name+")"))
			escaped := strings.ReplaceAll(digest(part.text), "+", "&#43;") // as an attribute has it
			out = bytes.ReplaceAll(out, []byte(escaped), []byte("("+part.name+")"))
		}
		files[name] = out
	}
	for _, f := range Formats() {
		for name, scan := range map[string]Scan{"sample": sample(), "empty": empty(), "hostile": hostileScan(), "timed": timed(), "framed": framed()} {
			add(name+"."+string(f), f, scan, Options{})
		}
	}
	for _, width := range []int{40, 80, 120, 200} {
		add(fmt.Sprintf("sample-%d.table", width), Table, sample(), Options{Width: width})
		add(fmt.Sprintf("framed-%d.table", width), Table, framed(), Options{Width: width})
	}
	addAnswers(t, files)
	addGraphs(t, files)
	add("sample-color.table", Table, sample(), Options{Width: 120, Color: true})
	add("sample-all.table", Table, sample(), Options{Width: 120, All: true})
	return files
}

// TestGolden holds testdata to be exactly what -update writes, no file more or
// less: so -update leaves a clean tree clean.
func TestGolden(t *testing.T) {
	files := goldenFiles(t)
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if _, ok := files[entry.Name()]; ok || entry.IsDir() { // folders: what fuzzing found
			continue
		}
		if !*update {
			t.Errorf("testdata/%s is written by no test", entry.Name())
		} else if err := os.Remove(filepath.Join("testdata", entry.Name())); err != nil {
			t.Fatal(err)
		}
	}
	for name, got := range files {
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Errorf("%v: run go test ./internal/report -update", err)
		} else if !bytes.Equal(want, got) {
			t.Errorf("%s differs at line %d: run go test ./internal/report -update and look at the change", file, firstDifference(want, got))
		}
	}
}

func firstDifference(a, b []byte) int {
	line := 1
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			break
		}
		if a[i] == '\n' {
			line++
		}
	}
	return line
}

func empty() Scan { return Scan{Result: &model.Result{}} }

func timed() Scan {
	scan := sample()
	scan.Result.At = time.Date(2026, 11, 20, 23, 0, 0, 5, time.FixedZone("CET", 3600))
	scan.Result.Findings[0].At = scan.Result.At
	scan.New = true
	return scan
}

func TestTheSameScanGivesTheSameBytes(t *testing.T) {
	for _, f := range Formats() {
		first := render(t, f, sample(), Options{Width: 100})
		for range 9 {
			if !bytes.Equal(first, render(t, f, sample(), Options{Width: 100})) {
				t.Fatalf("%s: two renderings differ", f)
			}
		}
	}
}

func TestParseFormat(t *testing.T) {
	for _, f := range Formats() {
		if got, err := ParseFormat(string(f)); err != nil || got != f {
			t.Errorf("ParseFormat(%q) = %q, %v", f, got, err)
		}
	}
	_, err := ParseFormat("pdf")
	if err == nil || !strings.Contains(err.Error(), "table, json, yaml, sarif, junit, markdown or html") {
		t.Errorf("the error does not say what there is: %v", err)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk is full") }

func TestWriteFails(t *testing.T) {
	for _, f := range Formats() {
		if err := Write(brokenWriter{}, f, sample(), Options{}); err == nil || !strings.Contains(err.Error(), "disk is full") {
			t.Errorf("%s to a full disk: %v", f, err)
		}
	}
	if err := Write(io.Discard, "pdf", sample(), Options{}); err == nil {
		t.Error("an unknown format is written")
	}
	if err := Write(io.Discard, JSON, Scan{}, Options{}); err == nil {
		t.Error("a scan without result is written")
	}
	bad := sample()
	bad.Result.Findings[0].Fixes = []model.Fix{{Patches: []model.Patch{{Value: []byte("{nonsense")}}}}
	for _, f := range []Format{JSON, YAML} {
		if err := Write(io.Discard, f, bad, Options{}); err == nil {
			t.Errorf("%s: a patch that is no JSON is written", f)
		}
	}
}

func TestExit(t *testing.T) {
	scan := sample()
	if scan.Exit() != 2 {
		t.Errorf("with gaps: %d", scan.Exit())
	}
	scan.Result.Gaps = []model.Gap{{Reason: "values file", Skipped: true}}
	if scan.Exit() != 1 || scan.Failing() != 15 {
		t.Errorf("with findings: %d, %d failing", scan.Exit(), scan.Failing())
	}
	scan.FailOn = nil
	if scan.Exit() != 0 || scan.Failing() != 0 {
		t.Errorf("with --fail-on none: %d", scan.Exit())
	}
}

func TestVerdict(t *testing.T) {
	high := model.High
	low := []model.Finding{{Control: "c", Severity: model.Low}}
	for want, scan := range map[string]Scan{
		"Nothing was judged: no object was read (exit 0).":                          {Result: &model.Result{}},
		"Passed: nothing found (exit 0).":                                           {Result: &model.Result{Objects: 1}, FailOn: &high},
		"Passed: nothing at high or above (exit 0).":                                {Result: &model.Result{Objects: 1, Findings: low}, FailOn: &high},
		"Reported: 1 finding, and no severity was to fail the scan (exit 0).":       {Result: &model.Result{Objects: 1, Findings: low}},
		"Failed: 1 finding at low or above (exit 1).":                               {Result: &model.Result{Objects: 1, Findings: low}, FailOn: new(model.Low)},
		"Incomplete: 1 gap (exit 2).":                                               {Result: &model.Result{Gaps: []model.Gap{{Reason: "x"}}}},
		"Incomplete: 2 gaps (exit 2).":                                              {Result: &model.Result{Gaps: []model.Gap{{Reason: "x"}, {Reason: "y", Refused: true}, {Skipped: true}}}},
		"Passed: nothing found (exit 0), but 1 control could not judge everything.": {Result: &model.Result{Objects: 1, Controls: []model.Tally{{Control: "c", Missing: []model.Scope{{Kind: "Secret"}}}}}},
	} {
		if _, got := scan.verdict(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	for _, f := range Formats() {
		for _, n := range []int{1_000, 50_000} {
			scan := large(n)
			b.Run(fmt.Sprintf("%s/%d", f, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					counter := &countingWriter{}
					if err := Write(counter, f, scan, Options{Width: 120}); err != nil {
						b.Fatal(err)
					}
					b.SetBytes(counter.n)
				}
			})
		}
	}
}

type countingWriter struct{ n int64 }

func (w *countingWriter) Write(p []byte) (int, error) { w.n += int64(len(p)); return len(p), nil }
