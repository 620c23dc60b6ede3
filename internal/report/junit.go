package report

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"holdfast.dev/holdfast/internal/model"
)

// suite is what the JUnit report says of one control or of one framework.
type suite struct {
	id    string
	about [][2]string  // properties, the title first
	sort  string       // of its failures
	tally *model.Tally // nil: something found, but nothing tallied
	cases []testcase
	fails int
	skips int
}

// testcase is one object that a control judged; objects that pass are not known
// by name, so one case counts them.
type testcase struct {
	name, kind, message, body string // kind: failure, skipped or ""
}

// writeJUnit writes one test suite for each control and one test case for each
// object that fails it, so that a CI system shows what it shows for tests.
func writeJUnit(w *bufio.Writer, scan Scan) {
	suites := append(scan.frameworkSuites(), scan.suites()...)
	tests, fails, skips := 0, 0, 0
	for _, s := range suites {
		tests, fails, skips = tests+len(s.cases), fails+s.fails, skips+s.skips
	}
	w.WriteString(xml.Header)
	fmt.Fprintf(w, `<testsuites name="%s" tests="%d" failures="%d" errors="%d" skipped="%d" time="0">`+"\n",
		xmlText(scan.toolName()), tests, fails, scan.gaps(), skips)
	for _, s := range suites {
		s.write(w, scan)
	}
	writeGapSuite(w, scan)
	w.WriteString("</testsuites>\n")
}

// suites folds tallies, findings and exceptions by control, in the order of ids.
func (s Scan) suites() []suite {
	at := map[string]int{}
	var list []suite
	for _, id := range s.controlIDs() {
		at[id] = len(list)
		c := s.control(id)
		list = append(list, suite{id: id, about: [][2]string{{"title", c.Title}, {"severity", c.Severity.String()}}, sort: c.Severity.String()})
	}
	for i := range s.Result.Controls {
		t := &s.Result.Controls[i]
		list[at[t.Control]].tally = t
	}
	last := map[string]model.ID{} // of each control, the object of its last case
	for i := range s.Result.Findings {
		f := &s.Result.Findings[i]
		list[at[f.Control]].fail(f, last)
	}
	for i := range s.Result.Excepted {
		f := &s.Result.Excepted[i]
		list[at[f.Control]].accept(f)
	}
	for i := range list {
		list[i].count()
	}
	return list
}

// fail adds a finding. Findings are sorted, so those of one object meet.
func (s *suite) fail(f *model.Finding, last map[string]model.ID) {
	var body strings.Builder
	if f.Key != "" {
		body.WriteString(f.Key + ": ")
	}
	body.WriteString(f.Message + "\n")
	for i := range f.Evidence {
		e := &f.Evidence[i]
		body.WriteString("  " + evidenceText(e))
		if e.Object.ID != f.Object.ID {
			body.WriteString(" of " + e.Object.String())
		}
		if e.File != "" {
			body.WriteString("  " + location(e.File, e.Line))
		}
		body.WriteString("\n")
	}
	if n := len(s.cases); n > 0 && s.cases[n-1].kind == "failure" && last[s.id] == f.Object.ID {
		s.cases[n-1].body += body.String()
		return
	}
	last[s.id] = f.Object.ID
	s.fails++
	s.cases = append(s.cases, testcase{f.Object.String(), "failure", f.Message, body.String()})
}

func (s *suite) accept(f *model.Finding) {
	var x model.Exception
	if f.Exception != nil {
		x = *f.Exception
	}
	name := f.Object.String()
	if f.Key != "" {
		name += " " + f.Key
	}
	s.skips++
	s.cases = append(s.cases, testcase{name: name, kind: "skipped", message: "accepted: " + exceptionText(x)})
}

// count adds the objects that were not judged, and one case for those that pass.
func (s *suite) count() {
	if s.tally == nil {
		return
	}
	for _, ref := range s.tally.Unknown {
		s.cases = append(s.cases, testcase{name: ref.String(), kind: "skipped", message: "unknown: what this control needs was not read"})
	}
	named := len(s.tally.Unknown)
	if unnamed := s.tally.Count[model.Unknown] - named; unnamed > 0 {
		s.cases = append(s.cases, testcase{name: count(unnamed, "more object"), kind: "skipped", message: "unknown: what this control needs was not read"})
		named++
	}
	s.skips += named
	if n := s.tally.Count[model.Pass]; n > 0 {
		s.cases = append(s.cases, testcase{name: count(n, "object") + " passed"})
	}
}

func (s *suite) write(w *bufio.Writer, scan Scan) {
	fmt.Fprintf(w, `  <testsuite name="%s" tests="%d" failures="%d" errors="0" skipped="%d" time="0"%s>`+"\n",
		xmlText(s.id), len(s.cases), s.fails, s.skips, xmlTime(scan.Result.At))
	w.WriteString("    <properties>\n")
	property := func(name, value string) {
		fmt.Fprintf(w, `      <property name="%s" value="%s"/>`+"\n", name, xmlText(value))
	}
	for _, p := range s.about {
		property(p[0], p[1])
	}
	if s.tally != nil {
		property("outcome", s.tally.Outcome().String())
		for _, o := range []model.Outcome{model.Pass, model.Fail, model.Unknown, model.NotApplicable} {
			property(o.String(), fmt.Sprint(s.tally.Count[o]))
		}
	}
	w.WriteString("    </properties>\n")
	for _, tc := range s.cases {
		tc.write(w, s.id, s.sort)
	}
	w.WriteString("  </testsuite>\n")
}

func (tc testcase) write(w *bufio.Writer, class, sort string) {
	fmt.Fprintf(w, `    <testcase classname="%s" name="%s" time="0"`, xmlText(class), xmlText(tc.name))
	switch tc.kind {
	case "":
		w.WriteString("/>\n")
	case "failure":
		fmt.Fprintf(w, ">\n      <failure type=\"%s\" message=\"%s\">%s</failure>\n    </testcase>\n", sort, xmlText(tc.message), strings.ReplaceAll(xmlText(tc.body), "&#xA;", "\n"))
	default:
		fmt.Fprintf(w, ">\n      <%s message=\"%s\"/>\n    </testcase>\n", tc.kind, xmlText(tc.message))
	}
}

// frameworkSuites writes a suite for each framework, and a case for each of its
// requirements. What fails only by findings that are accepted, or that are not
// listed, is skipped: an exception is there so that the build goes on. But neither
// that nor what is unknown is ever a case that passes.
func (s Scan) frameworkSuites() []suite {
	var suites []suite
	for _, f := range s.frameworks() {
		made := suite{id: f.ID, sort: "requirement", about: [][2]string{{"title", f.Title}, {"version", f.Version}}}
		for _, outcome := range []model.Outcome{model.Pass, model.Fail, model.Unknown, model.NotApplicable} {
			made.about = append(made.about, [2]string{outcome.String(), fmt.Sprint(f.counts[outcome])})
		}
		for i := range f.requirements {
			r := &f.requirements[i]
			c := testcase{name: r.ID + ": " + r.Title, kind: "skipped"}
			switch {
			case r.Outcome == model.Pass:
				c.kind = ""
			case r.Outcome == model.NotApplicable:
				c.message = "does not apply"
			case r.Outcome == model.Fail && r.findings > 0:
				c.kind, c.message = "failure", s.why(r)
				made.fails++
			case r.Outcome == model.Fail:
				c.message = "not met: " + s.why(r)
			default:
				c.message = "unknown: " + s.why(r)
			}
			if c.kind == "skipped" {
				made.skips++
			}
			made.cases = append(made.cases, c)
		}
		suites = append(suites, made)
	}
	return suites
}

// writeGapSuite makes what could not be read visible as errors: a CI system that
// shows only this report must not show an incomplete scan as a good one.
func writeGapSuite(w *bufio.Writer, scan Scan) {
	n := scan.gaps()
	if n == 0 {
		return
	}
	fmt.Fprintf(w, `  <testsuite name="gaps" tests="%d" failures="0" errors="%d" skipped="0" time="0"%s>`+"\n", n, n, xmlTime(scan.Result.At))
	for _, gap := range scan.Result.Gaps {
		if gap.Skipped {
			continue
		}
		name := gapPlace(gap)
		fmt.Fprintf(w, `    <testcase classname="gaps" name="%s" time="0">`+"\n", xmlText(name))
		fmt.Fprintf(w, "      <error type=\"gap\" message=\"%s\"/>\n    </testcase>\n", xmlText(gap.Reason))
	}
	w.WriteString("  </testsuite>\n")
}

func gapPlace(gap model.Gap) string {
	if gap.File != "" {
		return location(gap.File, gap.Line)
	}
	return gap.Scope.String()
}

func xmlTime(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return ` timestamp="` + at.UTC().Format(time.RFC3339) + `"`
}

// xmlText makes text fit for an attribute or an element. Characters that XML
// cannot hold, escaped or not, become visible escapes; line ends stay.
func xmlText(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = visible(line)
	}
	var b strings.Builder
	xml.EscapeText(&b, []byte(strings.Join(lines, "\n"))) // a Builder does not fail
	return b.String()
}
