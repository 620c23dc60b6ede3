package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"holdfast.dev/holdfast/internal/framework"
	"holdfast.dev/holdfast/internal/model"
)

// acts reports the first character of out that acts on a display instead of
// showing itself, other than the line end, which every format writes itself.
func acts(out []byte) (rune, bool) {
	for _, r := range string(out) {
		if r != '\n' && hidden(r) {
			return r, true
		}
	}
	return 0, false
}

func TestNoFormatLetsTextActOnADisplay(t *testing.T) {
	for _, f := range Formats() {
		out := render(t, f, hostileScan(), Options{Width: 100})
		if f == HTML { // tabs and the like of the style sheet are ours
			out = bytes.ReplaceAll(out, []byte("\t"), nil)
		}
		if !utf8.Valid(out) {
			t.Errorf("%s: invalid UTF-8", f)
		}
		if r, bad := acts(out); bad {
			t.Errorf("%s: %U gets through", f, r)
		}
	}
}

func TestColourIsTheOnlyEscapeOfTheTable(t *testing.T) {
	out := render(t, Table, hostileScan(), Options{Width: 100, Color: true})
	plain := regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAll(out, nil)
	if r, bad := acts(plain); bad {
		t.Errorf("%U gets through", r)
	}
	if want := render(t, Table, hostileScan(), Options{Width: 100}); !bytes.Equal(plain, want) {
		t.Error("colour changes the text")
	}
}

// JSON keeps the text: a reader of the document gets back what was there.
func TestJSONKeepsText(t *testing.T) {
	var document struct {
		Findings []struct{ Message, Key string }
	}
	if err := json.Unmarshal(render(t, JSON, hostileScan(), Options{}), &document); err != nil {
		t.Fatal(err)
	}
	want := strings.ToValidUTF8(strings.ReplaceAll(hostile(), "\xff\xfe", "��"), "�")
	if got := document.Findings[0].Message; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestJUnitIsXML(t *testing.T) {
	for name, scan := range scans() {
		decoder := xml.NewDecoder(bytes.NewReader(render(t, JUnit, scan, Options{})))
		var cases, failures, skipped, errs int
		var total map[string]string
		for {
			token, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			start, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			switch start.Name.Local {
			case "testsuites":
				total = map[string]string{}
				for _, a := range start.Attr {
					total[a.Name.Local] = a.Value
				}
			case "testcase":
				cases++
			case "failure":
				failures++
			case "skipped":
				skipped++
			case "error":
				errs++
			}
		}
		for attribute, n := range map[string]int{"tests": cases - errs, // those of the gaps are not tests of objects
			"failures": failures, "skipped": skipped, "errors": errs} {
			if total[attribute] != strconv.Itoa(n) {
				t.Errorf("%s: %s is %s, counted %d", name, attribute, total[attribute], n)
			}
		}
	}
}

func TestMarkdownStaysInside(t *testing.T) {
	out := string(render(t, Markdown, hostileScan(), Options{}))
	for _, line := range strings.Split(out, "\n") {
		bare := withoutCode(line)
		forbidden := []string{"<img", "<!--", "</script"}
		if !strings.HasPrefix(line, "<summary>") { // a block of HTML, where Markdown means nothing
			forbidden = append(forbidden, "@admin", "](javascript")
		}
		for _, bad := range forbidden {
			if at := strings.Index(bare, bad); at >= 0 && (at == 0 || bare[at-1] != '\\') {
				t.Errorf("%q stands outside code in: %s", bad, bare)
			}
		}
	}
}

// withoutCode takes the code spans of a line out, as CommonMark finds them: a run
// of backticks closes at the next run of the same length.
func withoutCode(line string) string {
	runs := regexp.MustCompile("`+").FindAllStringIndex(line, -1)
	var b strings.Builder
	at := 0
	for i := 0; i < len(runs); i++ {
		open := runs[i]
		if open[0] > 0 && line[open[0]-1] == '\\' {
			continue
		}
		for j := i + 1; j < len(runs); j++ {
			if runs[j][1]-runs[j][0] == open[1]-open[0] {
				b.WriteString(line[at:open[0]])
				at, i = runs[j][1], j
				break
			}
		}
	}
	return b.String() + line[at:]
}

func TestVeryLongValues(t *testing.T) {
	const size = 1 << 20
	scan := sample()
	long := strings.Repeat("0123456789abcdé ", size/17)
	scan.Result.Findings[0].Evidence[0].Value = long
	scan.Result.Findings[0].Message = long
	scan.Result.Findings[1].Evidence[0].Path = model.Path(strings.Repeat("a.", size/2))
	scan.Result.Findings[2].Object.Name = strings.Repeat("n", size)
	scan.Result.Findings[3].Evidence[0].File = strings.Repeat("/f", size/2)
	scan.Target = strings.Repeat("t", size)
	scan.Result.Gaps[0].Reason = strings.Repeat("r", size)
	start := time.Now()
	scan.Result.Findings[0].Fixes = []model.Fix{{Title: "x", Patches: []model.Patch{{Object: scan.Result.Findings[0].Object, Path: "a", Value: model.JSON(long)}}}}
	for _, f := range []Format{Table, Markdown, HTML} {
		out := render(t, f, scan, Options{Width: 80})
		if len(out) > 200_000 {
			t.Errorf("%s: %d bytes", f, len(out))
		}
		if !bytes.Contains(out, []byte("bytes in all)")) {
			t.Errorf("%s: the cut is not marked", f)
		}
	}
	for _, f := range []Format{JSON, YAML, SARIF, JUnit} {
		if out := render(t, f, scan, Options{}); !bytes.Contains(out, []byte(long[:len(long)-1])) {
			t.Errorf("%s: the value is not whole", f)
		}
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}

// FuzzWrite puts one text everywhere and demands of every format that it can be
// read back, keeps its lines within the width and acts on no display.
func FuzzWrite(f *testing.F) {
	f.Add(hostile(), "spec.containers[0].image", uint8(80))
	f.Add("", "", uint8(0))
	f.Add("日本語\U0001f469‍\U0001f4bb", `metadata.labels["a.b/c"]`, uint8(20))
	f.Add("`` ` ```", "a[", uint8(41))
	f.Fuzz(func(t *testing.T, text, path string, width uint8) {
		o := model.Ref{ID: model.ID{Group: text, Kind: text, Namespace: path, Name: text}}
		finding := model.Finding{Control: "c" + text, Key: path, Message: text, Object: o, Severity: model.High,
			Evidence: []model.Evidence{{Object: o, Path: model.Path(path), Value: text, File: text, Line: int(width)}}}
		scan := Scan{Target: text, Result: &model.Result{Objects: 1, Findings: []model.Finding{finding}, Excepted: []model.Finding{finding},
			Controls: []model.Tally{{Control: "c" + text, Count: [4]int{1, 0, 1, 0}, Unknown: []model.Ref{o}}}, Gaps: []model.Gap{{Reason: text, File: path}}},
			Frameworks: []framework.Framework{{ID: text, Title: text, Version: text, Source: text, Requirements: []framework.Requirement{{ID: text, Title: path, Controls: []string{"c" + text, path}}}}}}
		for _, format := range Formats() {
			out := render(t, format, scan, Options{Width: int(width)})
			if r, bad := acts(out); bad || !utf8.Valid(out) {
				t.Fatalf("%s: %U gets through", format, r)
			}
			switch format {
			case Table:
				for line := range strings.Lines(string(out)) {
					if w := textWidth(strings.TrimSuffix(line, "\n")); width > 0 && w > max(int(width), narrowest) {
						t.Fatalf("%d wide on a terminal of %d: %s", w, width, line)
					}
				}
			case JSON, SARIF:
				if !json.Valid(out) {
					t.Fatalf("%s: not JSON", format)
				}
			case JUnit:
				if err := xml.Unmarshal(out, new(struct{})); err != nil {
					t.Fatalf("%s: %v", format, err)
				}
			}
		}
	})
}

func FuzzText(f *testing.F) {
	f.Add(hostile(), uint8(10))
	f.Add("東京-ジョブ/a[Pod]", uint8(7))
	f.Fuzz(func(t *testing.T, raw string, width uint8) {
		s := visible(raw)
		if visible(s) != s {
			t.Fatalf("visible is not stable for %q", s)
		}
		if w := int(width); w > 1 {
			for name, cut := range map[string]string{"fitEnd": fitEnd(s, w), "fitStart": fitStart(s, w), "fitMiddle": fitMiddle(s, w), "fitTail": fitTail(s, '.', w), "fitObject": fitObject(s, w), "fitPath": fitPath(s, w)} {
				if got := textWidth(cut); got > w {
					t.Fatalf("%s(%q, %d) = %q, %d wide", name, s, w, cut, got)
				}
			}
			path, value := fitEvidence(s, " = "+s, w)
			if got := textWidth(path) + textWidth(value); w > 3 && got > w {
				t.Fatalf("fitEvidence(%q, %d) is %d wide", s, w, got)
			}
		}
	})
}
