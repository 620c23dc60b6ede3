package logfile

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/source/sourcetest"
)

// read gives the lines as FILE:NUMBER TEXT, and the gaps.
func read(t *testing.T, text string, paths ...string) (lines, gaps []string, err error) {
	t.Helper()
	options := Options{What: "log", Paths: paths, Stdin: strings.NewReader(text), MaxLineBytes: 400 << 10}
	err = New(options, func(gap model.Gap) {
		gaps = append(gaps, fmt.Sprintf("%s:%d: %s", filepath.Base(gap.File), gap.Line, gap.Reason))
	}).Each(t.Context(), func(file string, number int, text []byte) error {
		lines = append(lines, fmt.Sprintf("%s:%d %s", filepath.Base(file), number, text))
		return nil
	})
	return lines, gaps, err
}

func TestLines(t *testing.T) {
	long := strings.Repeat("x", 300<<10) // more than the buffer holds, less than the limit
	cut := sourcetest.Gzip(t, "a\n"+strings.Repeat("b c d e f g\n", 100_000))
	for name, test := range map[string]struct {
		text  string
		lines []string // the first ones
		gap   string
	}{
		"plain":            {"a\n\n b \r\nc", []string{"-:1 a", "-:2 ", "-:3 b", "-:4 c"}, ""},
		"nothing":          {"", nil, ""},
		"compressed":       {sourcetest.Gzip(t, "a\nb\n"), []string{"-:1 a", "-:2 b"}, ""},
		"a line in parts":  {long + "\nb\n", []string{"-:1 " + long, "-:2 b"}, ""},
		"a line too long":  {"a\n" + long + long + "\nc\n", []string{"-:1 a", "-:3 c"}, "-:2: the line has more than 400 KiB"},
		"a last line, too": {"a\n" + long + long, []string{"-:1 a"}, "-:2: the line has more than 400 KiB"},
		"cut short":        {cut[:len(cut)-20], []string{"-:1 a"}, "could not be read to its end"},
		"no gzip":          {"\x1f\x8bnothing", nil, "-:0: could not be decompressed"},
	} {
		lines, gaps, err := read(t, test.text, "-")
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for i, want := range test.lines {
			if i >= len(lines) || lines[i] != want {
				t.Errorf("%s: line %d is not %.40q", name, i, want)
			}
		}
		if name != "cut short" && len(lines) != len(test.lines) {
			t.Errorf("%s: %d lines, want %d", name, len(lines), len(test.lines))
		}
		if (test.gap == "") != (len(gaps) == 0) || len(gaps) > 0 && !strings.Contains(gaps[0], test.gap) {
			t.Errorf("%s: gaps %q, want %q", name, gaps, test.gap)
		}
	}
}

// The files of a folder are read in the order of their names; folders within are not.
func TestPaths(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{"b.log": "b\n", "a.log.gz": sourcetest.Gzip(t, "a\n")} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(folder, "within"), 0o700); err != nil {
		t.Fatal(err)
	}
	lines, gaps, err := read(t, "c\n", folder, "-")
	if got := strings.Join(lines, ", "); got != "a.log.gz:1 a, b.log:1 b, -:1 c" || len(gaps) > 0 || err != nil {
		t.Errorf("%s, gaps %v, %v", got, gaps, err)
	}
	for _, path := range []string{filepath.Join(folder, "nope"), filepath.Join(folder, "within")} {
		if _, _, err := read(t, "", path); err == nil || !strings.HasPrefix(err.Error(), "read log: ") {
			t.Errorf("%s: %v", path, err)
		}
	}
	if err := New(Options{What: "log", Paths: []string{"-"}}, nil).Each(t.Context(), nil); err == nil {
		t.Error("no standard input is no error")
	}
}

// Many lines that mean nothing are counted.
func TestManyGaps(t *testing.T) {
	var gaps []model.Gap
	r := New(Options{What: "log", Paths: []string{"-"}, Stdin: strings.NewReader(strings.Repeat("x\n", maxGaps+50)), MaxLineBytes: 100}, func(g model.Gap) { gaps = append(gaps, g) })
	err := r.Each(t.Context(), func(file string, number int, _ []byte) error {
		r.Tell(file, number, "means nothing")
		return nil
	})
	if err != nil || len(gaps) != maxGaps+1 || gaps[maxGaps].Reason != "50 more lines could not be read" {
		t.Errorf("%d gaps, the last %+v, %v", len(gaps), gaps[len(gaps)-1], err)
	}
}

func TestEnds(t *testing.T) {
	full := errors.New("full")
	options := Options{What: "log", Paths: []string{"-"}, Stdin: strings.NewReader("a\n"), MaxLineBytes: 100}
	if err := New(options, nil).Each(t.Context(), func(string, int, []byte) error { return full }); !errors.Is(err, full) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := New(options, nil).Each(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
