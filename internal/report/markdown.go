package report

import (
	"bufio"
	"cmp"
	"fmt"
	"strings"

	"holdfast.dev/holdfast/internal/model"
)

const (
	// commentLimit leaves room below the 65,536 characters that GitHub takes as a
	// comment; GitLab takes more.
	commentLimit  = 60_000
	markdownValue = 200 // bytes of a value or a message
)

// markdown writes the report as a comment on a pull request: the verdict and the
// counts are seen at once, the rest unfolds.
type markdown struct {
	w    *bufio.Writer
	scan Scan
	opts Options
	size int // bytes written so far
}

func writeMarkdown(w *bufio.Writer, scan Scan, opts Options) {
	m := &markdown{w: w, scan: scan, opts: opts}
	m.head()
	m.frameworks()
	left := 0
	for _, s := range scan.sections() {
		left += m.section(s)
	}
	if left > 0 {
		m.printf("\n> **%s left out** so that this fits a comment. `-o json` lists everything.\n", count(left, "more finding")+" "+are(left))
	}
	m.paths()
	m.exceptions()
	m.gaps()
	m.unknowns()
	m.printf("\n%s\n", markdownProse(strings.TrimSpace(scan.toolName()+" "+scan.Tool.Version)))
}

func are(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func (m *markdown) printf(format string, args ...any) {
	n, _ := fmt.Fprintf(m.w, format, args...) // a bufio.Writer keeps its error for Flush
	m.size += n
}

func (m *markdown) head() {
	r := m.scan.Result
	_, verdict := m.scan.verdict()
	mark := "✅"
	switch {
	case m.scan.Exit() != 0:
		mark = "❌"
	case r.Objects == 0:
		mark = "⚠️"
	}
	m.printf("## %s Holdfast: %s\n\n", mark, markdownProse(brief(cmp.Or(m.scan.Target, "scan"), markdownValue)))
	m.printf("%s\n\n", verdict)
	m.printf("| Critical | High | Medium | Low | Info | Accepted | Gaps | Objects |\n|--:|--:|--:|--:|--:|--:|--:|--:|\n|")
	counts := model.CountBySeverity(r.Findings)
	for _, severity := range model.Severities() {
		m.printf(" %s |", emphasised(counts[severity], severity >= model.High))
	}
	m.printf(" %s | %s | %s |\n", number(len(r.Excepted)), emphasised(m.scan.gaps(), true), number(r.Objects))
	if m.scan.New {
		m.printf("\nOnly what is new since the baseline is listed.\n")
	}
}

func emphasised(n int, strong bool) string {
	if strong && n > 0 {
		return "**" + number(n) + "**"
	}
	return number(n)
}

// section writes the findings of a severity and returns how many did not fit.
func (m *markdown) section(s section) (left int) {
	if m.full() {
		return s.count
	}
	m.printf("\n### %s %s: %s\n", severityMark(s.severity), severityTitle(s.severity), count(s.count, "finding"))
	for _, g := range s.groups {
		if m.full() {
			left += len(g.findings)
			continue
		}
		left += m.group(g)
	}
	return left
}

func (m *markdown) full() bool { return !m.opts.All && m.size > commentLimit }

func (m *markdown) group(g group) (left int) {
	title := ""
	if g.control.Title != g.control.ID {
		title = "<b>" + htmlText(g.control.Title) + "</b> "
	}
	m.printf("\n<details>\n<summary>%s<code>%s</code>: %s</summary>\n\n", title, htmlText(g.control.ID), count(len(g.findings), "finding"))
	if g.control.Rationale != "" {
		m.printf("%s\n\n", markdownDoc(g.control.Rationale))
	}
	if hint := g.hint(); hint != "" {
		m.printf("**What to do:** %s\n\n", markdownDoc(hint))
	}
	if len(g.control.References) > 0 {
		for i, r := range g.control.References {
			sep := " · "
			if i == 0 {
				sep = "References: "
			}
			m.printf("%s%s", sep, markdownReference(r))
		}
		m.printf("\n\n")
	}
	for i, f := range g.findings {
		if m.full() {
			left = len(g.findings) - i
			m.printf("- … and %s\n", number(left)+" more")
			break
		}
		m.finding(f)
	}
	m.printf("\n</details>\n")
	return left
}

func (m *markdown) finding(f *model.Finding) {
	m.printf("- %s", markdownCode(brief(f.Object.String(), markdownValue)))
	if f.Key != "" {
		m.printf(" %s", markdownCode(brief(f.Key, markdownValue)))
	}
	if e := shown(f); e == nil {
		m.printf(": %s", markdownProse(brief(f.Message, markdownValue)))
	} else if e.Value == "" {
		m.printf(": %s is not set", markdownCode(brief(string(e.Path), markdownValue)))
	} else {
		m.printf(": %s", markdownCode(brief(string(e.Path), markdownValue)+" = "+brief(e.Value, markdownValue)))
	}
	if file, line := place(f); file != "" {
		m.printf(" in %s", markdownCode(brief(location(file, line), markdownValue)))
	}
	m.printf("\n")
}

func (m *markdown) exceptions() {
	list := m.scan.exceptions()
	if len(list) == 0 {
		return
	}
	m.printf("\n<details>\n<summary>%s accepted by %s</summary>\n\n", count(len(m.scan.Result.Excepted), "finding"), count(len(list), "exception"))
	for i, x := range list {
		if m.crowded() {
			m.printf("- … and %s: `-o json` lists them\n", count(len(list)-i, "more exception"))
			break
		}
		m.accepted(x)
	}
	m.printf("\n</details>\n")
}

// crowded tells whether only gaps and what was not judged may still be listed.
func (m *markdown) crowded() bool { return !m.opts.All && m.size > commentLimit+1000 }

// accepted writes an exception and the objects that it covers.
func (m *markdown) accepted(x accepted) {
	m.printf("- %s: %s\n", number(len(x.findings)), markdownProse(exceptionText(x.exception)))
	shown, more := x.listed(m.opts.All)
	for i, o := range shown {
		if m.crowded() {
			m.printf("  - … and %s: `-o json` lists them\n", count(len(x.objects())-i, "more object"))
			return
		}
		m.printf("  - %s: %s\n", markdownCode(o.name()), markdownProse(brief(o.controlsText(m.opts.All), 4*markdownValue)))
	}
	if more != "" {
		m.printf("  - %s\n", markdownText(more))
	}
}

func (m *markdown) gaps() {
	hiding, refused, skipped := m.scan.gapKinds()
	m.gapList("Not read", "What these hide is not judged.", hiding)
	m.gapList("Refused", "These were judged, but the API server would not take them.", refused)
	if n := len(skipped); n > 0 {
		m.printf("\n%s skipped: met, but not asked for.\n", count(n, "input"))
	}
}

func (m *markdown) gapList(title, meaning string, gaps []model.Gap) {
	if len(gaps) == 0 {
		return
	}
	m.printf("\n### ⚠️ %s: %s\n\n%s\n\n", title, count(len(gaps), "gap"), meaning)
	for i, gap := range gaps {
		if m.size > commentLimit+3000 && !m.opts.All {
			m.printf("- … and %s more: `-o json` lists them\n", number(len(gaps)-i))
			return
		}
		m.printf("- %s\n", markdownProse(gapText(gap)))
	}
}

func (m *markdown) unknowns() {
	list := m.scan.unknowns()
	if len(list) == 0 {
		return
	}
	m.printf("\n<details>\n<summary>%s could not judge everything</summary>\n\n", count(m.scan.unjudgedControls(), "control"))
	for i, u := range list {
		if m.size > commentLimit+4000 && !m.opts.All {
			m.printf("- … and %s more: `-o json` lists them\n", count(len(list)-i, "entry"))
			break
		}
		m.printf("- %s: %s\n", markdownCode(u.names()), markdownProse(u.text()))
	}
	m.printf("\n</details>\n")
}

func severityTitle(s model.Severity) string {
	name := s.String()
	return strings.ToUpper(name[:1]) + name[1:]
}

func severityMark(s model.Severity) string {
	switch s {
	case model.Critical:
		return "🟥"
	case model.High:
		return "🟧"
	case model.Medium:
		return "🟨"
	case model.Low:
		return "🟦"
	default:
		return "⬜"
	}
}

func markdownReference(r model.Reference) string {
	if u := link(r); u != "" {
		return "[" + markdownText(label(r)) + "](" + strings.NewReplacer("(", "%28", ")", "%29").Replace(u) + ")"
	}
	return markdownText(label(r))
}

// markdownText escapes prose so that it reads as written.
func markdownText(s string) string {
	s = visible(s)
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte("\\`*_{}[]<>#|~!&", s[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// markdownDoc is the documentation of a control: prose with code in backticks.
func markdownDoc(s string) string {
	var b strings.Builder
	for i, part := range strings.Split(s, "`") {
		if i%2 == 0 {
			b.WriteString(markdownProse(part))
		} else {
			b.WriteString(markdownCode(part))
		}
	}
	return b.String()
}

// markdownProse is for text of others: what would notify a person, link an issue
// or become a link stands as code, where nothing is interpreted.
func markdownProse(s string) string {
	if strings.ContainsAny(s, "@#") || strings.Contains(s, "://") || strings.Contains(s, "www.") {
		return markdownCode(s)
	}
	return markdownText(s)
}

// markdownCode is a code span. Its fence is longer than any run of backticks
// inside, and spaces keep backticks at the ends apart from it.
func markdownCode(s string) string {
	s = visible(s)
	if s == "" {
		return ""
	}
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	if s[0] == '`' || s[len(s)-1] == '`' || s[0] == ' ' && s[len(s)-1] == ' ' {
		s = " " + s + " "
	}
	return fence + s + fence
}

func htmlText(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;").Replace(visible(s))
}
