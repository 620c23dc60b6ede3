package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/framework"
	"holdfast.dev/holdfast/internal/model"
)

// Format is the name of a way to render a scan, as --output takes it.
type Format string

// The formats.
const (
	Table    Format = "table"
	JSON     Format = "json"
	YAML     Format = "yaml"
	SARIF    Format = "sarif"
	JUnit    Format = "junit"
	Markdown Format = "markdown"
	HTML     Format = "html"
)

// Formats lists every format, the default first.
func Formats() []Format { return []Format{Table, JSON, YAML, SARIF, JUnit, Markdown, HTML} }

// ParseFormat is the format of that name. The error lists what there is.
func ParseFormat(name string) (Format, error) { return parseFormat(name, Formats()) }

func parseFormat(name string, formats []Format) (Format, error) {
	if f := Format(name); slices.Contains(formats, f) {
		return f, nil
	}
	names := make([]string, 0, len(formats))
	for _, f := range formats {
		names = append(names, string(f))
	}
	last := len(names) - 1
	return "", fmt.Errorf("%q is no output format: use %s or %s", name, strings.Join(names[:last], ", "), names[last])
}

// Tool is the program that made the scan.
type Tool struct {
	Name    string // "holdfast" when empty
	Version string
	Commit  string
}

// Scan is a Result with what a reader needs to understand it.
type Scan struct {
	Result   *model.Result            // in the order that Result.Sort gives
	Controls map[string]model.Control // documentation by id; a control may be missing
	Tool     Tool
	Target   string // what was scanned, as text: "examples/shop", "cluster kind-dev"

	KubernetesVersion string          // the version judged against; empty: not said
	Root              string          // absolute folder that file names start from; empty: not known
	FailOn            *model.Severity // the least severity that fails the scan; nil: none does
	New               bool            // only what a baseline does not have

	Frameworks []framework.Framework // those asked for: each is shown with how it came out
}

// Failing counts the findings at or above FailOn.
func (s Scan) Failing() int {
	if s.FailOn == nil {
		return 0
	}
	n := 0
	for i := range s.Result.Findings {
		if s.Result.Findings[i].Severity >= *s.FailOn {
			n++
		}
	}
	return n
}

// Exit is the exit status that the result calls for: 2 when some of the work
// could not be done, else 1 when findings fail the scan, else 0.
func (s Scan) Exit() int {
	switch {
	case s.gaps() > 0:
		return 2
	case s.Failing() > 0:
		return 1
	default:
		return 0
	}
}

// gaps counts those of what was asked for.
func (s Scan) gaps() int {
	hiding, refused, _ := s.gapKinds()
	return len(hiding) + len(refused)
}

// gapKinds parts the gaps: those that make verdicts unknown, input that was judged
// although the API server would refuse it, and input nobody asked for.
func (s Scan) gapKinds() (hiding, refused, skipped []model.Gap) {
	for _, gap := range s.Result.Gaps {
		switch {
		case gap.Skipped:
			skipped = append(skipped, gap)
		case gap.Refused:
			refused = append(refused, gap)
		default:
			hiding = append(hiding, gap)
		}
	}
	return hiding, refused, skipped
}

// control is the documentation of a control, made up from its id where there is
// none, so that a report never loses a finding for want of a title.
func (s Scan) control(id string) model.Control {
	c, ok := s.Controls[id]
	if !ok {
		c.Severity = model.Medium
	}
	c.ID = id
	if c.Title == "" {
		c.Title = id
	}
	return c
}

func (s Scan) toolName() string {
	if s.Tool.Name == "" {
		return "holdfast"
	}
	return s.Tool.Name
}

// Options are about the place that a report is shown at.
type Options struct {
	Width int  // columns of the terminal; 0: lines are whole
	Color bool // table only: ANSI colours
	All   bool // table and markdown: list findings one by one that would be collapsed and counted
}

// Write renders scan in the format to w.
func Write(w io.Writer, f Format, scan Scan, opts Options) error {
	if scan.Result == nil {
		return fmt.Errorf("report %s: the scan has no result", f)
	}
	out := bufio.NewWriterSize(w, 64<<10)
	var err error
	switch f {
	case Table:
		writeTable(out, scan, opts)
	case JSON:
		err = writeDocument(out, scan, layoutJSON)
	case YAML:
		err = writeDocument(out, scan, layoutYAML)
	case SARIF:
		err = writeSARIF(out, scan)
	case JUnit:
		writeJUnit(out, scan)
	case Markdown:
		writeMarkdown(out, scan, opts)
	case HTML:
		err = writeHTML(out, scan)
	default:
		_, err = ParseFormat(string(f))
	}
	if err != nil {
		return fmt.Errorf("report %s: %w", f, err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("report %s: %w", f, err)
	}
	return nil
}
