package report

import (
	"bufio"
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/model"
)

// The parts of the page. Nothing is loaded from anywhere else.
var (
	//go:embed page/page.html
	pageTemplate string
	//go:embed page/page.css
	pageStyle string
	//go:embed page/page.js
	pageScript string
)

const (
	topFixes      = 5
	topNamespaces = 8
	samplesListed = 10   // findings of a control without JavaScript
	htmlValue     = 2000 // bytes of a value
)

// writeHTML writes one file that needs nothing else. What a manager reads is in
// the markup; the findings are data that a script shows on demand, so that tens of
// thousands of them open at once. The data stands outside the template: it is
// large, and the encoder has made it safe for a script element.
func writeHTML(w *bufio.Writer, scan Scan) error {
	templates, err := parsePage(pageTemplate)
	if err != nil {
		return err
	}
	view := newPage(scan)
	if err := templates.ExecuteTemplate(w, "head", view); err != nil {
		return err
	}
	w.WriteString(`<script type="application/json" id="data">`)
	if err := writePageData(w, scan); err != nil {
		return err
	}
	w.WriteString("</script>\n")
	return templates.ExecuteTemplate(w, "tail", view)
}

// page is what the templates show. Its texts are visible text already.
type page struct {
	Head    pageHead
	Script  template.JS
	Tool    string
	Version string
	Commit  string
	At      string
	Target  string
	Facts   []string
	Verdict string
	State   string // passed, failed or incomplete
	Plain   []string

	Frameworks []frameworkView

	Total      int
	Severities []share
	Bar        []slice
	Fixes      []fixFirst
	Layers     []breakdown
	Namespaces []breakdown
	Hidden     int // namespaces not shown
	Groups     []groupView
	Paths      []pathView
	Exceptions []exceptionView
	Missing    *gapSection
	Unknowns   []unknownView
	Unjudged   int // controls of Unknowns
	Controls   []controlView
	Excepted   int
	GapCount   int
}

// share is the number of findings of a severity.
type share struct {
	Name, Title string
	Count       int
}

// slice is a piece of a bar, in percent of its length.
type slice struct {
	Name   string
	X, Len string
	Count  int
}

type fixFirst struct {
	Rank                       int
	ID, Title, Severity, Where string
	Hint                       []docPart
	Effort                     string
}

// breakdown is a row of a chart: findings of one layer or namespace.
type breakdown struct {
	Name, Value string // Value: for the filter
	Count       int
	Bar         []slice
	Shares      []share
}

// chart is what the template of a breakdown takes: the rows, and the name of the
// filter that they set.
type chart struct {
	Param string
	Rows  []breakdown
}

func rowsOf(param string, rows []breakdown) chart { return chart{param, rows} }

type groupView struct {
	ID, Title, Severity    string
	Count                  int
	Rationale, Remediation []docPart
	References             []referenceView
	Samples                []sampleView
	More                   int
}

type sampleView struct{ Object, Key, Evidence, Place string }

type referenceView struct{ Label, URL string }

type exceptionView struct {
	Count                          int
	Reason, Owner, Expires, Source string
}

type unknownView struct{ Controls, Text string }

type controlView struct {
	ID, Title, Severity, Outcome, OutcomeText string
	Pass, Fail, Unknown, NotApplicable        int
}

// docPart is a piece of a control's documentation: prose, or code in backticks.
type docPart struct {
	Text string
	Code bool
}

func docParts(s string) []docPart {
	var parts []docPart
	for i, text := range strings.Split(visible(s), "`") {
		if text != "" {
			parts = append(parts, docPart{text, i%2 == 1})
		}
	}
	return parts
}

func newPage(scan Scan) page {
	r := scan.Result
	counts := model.CountBySeverity(r.Findings)
	p := page{
		Script: template.JS(pageScript),
		Tool:   scan.toolName(), Version: visible(scan.Tool.Version), Commit: visible(scan.Tool.Commit),
		Target: brief(cmp.Or(scan.Target, "scan"), valueLimit), Total: len(r.Findings), Excepted: len(r.Excepted), GapCount: scan.gaps(),
		Bar: bar(counts, len(r.Findings)),
	}
	p.Head = newPageHead(p.Target+" – Holdfast security report", pageStyle, pageScript)
	if !r.At.IsZero() {
		p.At = r.At.UTC().Format("2006-01-02 15:04 UTC")
	}
	_, p.Verdict = scan.verdict()
	p.State = [3]string{"passed", "failed", "incomplete"}[scan.Exit()]
	if p.State == "passed" && (r.Objects == 0 || scan.FailOn == nil && len(r.Findings) > 0) {
		p.State = "nothing"
	}
	p.Facts = scan.facts()
	p.frameworks(scan)
	p.Severities = shares(counts, false)
	sections := scan.sections()
	p.fixes(sections)
	p.Plain = plainWords(scan, sections, len(p.Fixes))
	p.breakdowns(scan)
	p.groups(sections)
	p.rest(scan)
	return p
}

// facts says what the scan looked at, in a few words each.
func (s Scan) facts() []string {
	facts := []string{count(s.Result.Objects, "object")}
	if n := len(s.Result.Controls); n > 0 {
		facts = append(facts, count(n, "control"))
	}
	if v := s.KubernetesVersion; v != "" {
		facts = append(facts, "judged against Kubernetes "+visible(strings.TrimPrefix(v, "v")))
	}
	if s.New {
		facts = append(facts, "only what is new since the baseline")
	}
	return facts
}

func shares(counts [5]int, presentOnly bool) []share {
	var list []share
	for _, severity := range model.Severities() {
		if n := counts[severity]; n > 0 || !presentOnly {
			list = append(list, share{severity.String(), severityTitle(severity), n})
		}
	}
	return list
}

// bar lays severities side by side on a bar that is 100 long for total findings.
func bar(counts [5]int, total int) []slice {
	var list []slice
	if total == 0 {
		return nil
	}
	x := 0.0
	for _, severity := range model.Severities() {
		n := counts[severity]
		if n == 0 {
			continue
		}
		length := 100 * float64(n) / float64(total)
		list = append(list, slice{severity.String(), fmt.Sprintf("%.2f%%", x), fmt.Sprintf("%.2f%%", length), n})
		x += length
	}
	return list
}

func (p *page) fixes(sections []section) {
	for _, s := range sections {
		for _, g := range s.groups {
			if len(p.Fixes) == topFixes {
				return
			}
			where := count(len(g.findings), "finding")
			if n := g.objects(); n != len(g.findings) {
				where += " on " + count(n, "object")
			}
			p.Fixes = append(p.Fixes, fixFirst{len(p.Fixes) + 1, g.control.ID, visible(g.control.Title), g.severity.String(), where, docParts(g.hint()), g.effort()})
		}
	}
}

// effort says how much work the easiest fix of the group is, where fixes are known.
func (g group) effort() string {
	least := 0
	for _, f := range g.findings {
		for i := range f.Fixes {
			if e := f.Fixes[i].Effort; least == 0 || e < least {
				least = e
			}
		}
	}
	switch {
	case least == 0:
		return ""
	case least == 1:
		return "quick to fix"
	case least <= 3:
		return "some work to fix"
	default:
		return "needs a change of the application"
	}
}

// plainWords tells the result to someone who does not read findings.
func plainWords(scan Scan, sections []section, fixes int) []string {
	r := scan.Result
	counts := model.CountBySeverity(r.Findings)
	severe := counts[model.Critical] + counts[model.High]
	var words []string
	switch {
	case len(r.Findings) == 0 && r.Objects == 0:
		words = append(words, "There was nothing to judge, which says nothing about how safe the cluster is.")
	case len(r.Findings) == 0 && scan.gaps() > 0:
		words = append(words, "Nothing was found in what could be read.")
	case len(r.Findings) == 0:
		words = append(words, "Nothing was found that needs to be changed.")
	case severe == 0:
		words = append(words, "Nothing critical or high was found. What is listed can be planned with the usual work.")
	default:
		words = append(words, fmt.Sprintf("%s of %s %s critical or high: someone who gets into the cluster, or already is in it, can make use of %s. Deal with %s first.",
			number(severe), count(len(r.Findings), "finding"), are(severe), them(severe), them(severe)))
	}
	closed, left := 0, fixes
	for _, s := range sections {
		for _, g := range s.groups {
			if left > 0 && s.severity >= model.High {
				closed += len(g.findings)
			}
			left--
		}
	}
	if closed > 0 && closed < severe {
		words = append(words, fmt.Sprintf("The fixes listed first close %s of these %s.", number(closed), number(severe)))
	}
	if n := scan.gaps(); n > 0 {
		words = append(words, fmt.Sprintf("%s %s could not be read or would be refused, so this report does not tell everything.", number(n), plural(n, "part", "parts")))
	}
	if n := scan.unjudgedControls(); n > 0 {
		words = append(words, fmt.Sprintf("%s could not judge everything, for want of input: what they look at may be safe or not.", count(n, "control")))
	}
	if n := len(r.Excepted); n > 0 {
		words = append(words, fmt.Sprintf("%s %s accepted on purpose and not counted above.", count(n, "further finding"), are(n)))
	}
	return words
}

func them(n int) string { return plural(n, "it", "them") }

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// breakdowns counts findings by layer and by namespace.
func (p *page) breakdowns(scan Scan) {
	layers, namespaces := map[string]*[5]int{}, map[string]*[5]int{}
	add := func(m map[string]*[5]int, key string, severity model.Severity) {
		if m[key] == nil {
			m[key] = new([5]int)
		}
		m[key][severity]++
	}
	for i := range scan.Result.Findings {
		f := &scan.Result.Findings[i]
		add(layers, string(scan.Controls[f.Control].Layer), f.Severity)
		add(namespaces, f.Object.Namespace, f.Severity)
	}
	p.Layers = ranked(layers, layerTitle)
	p.Namespaces = ranked(namespaces, func(name string) string { return cmp.Or(visible(name), "(cluster-wide)") })
	if extra := len(p.Namespaces) - topNamespaces; extra > 1 {
		p.Hidden = extra
		p.Namespaces = p.Namespaces[:topNamespaces]
	}
}

// ranked orders rows by their most severe findings. All bars share the scale of
// the longest.
func ranked(counts map[string]*[5]int, title func(string) string) []breakdown {
	type entry struct {
		key    string
		counts [5]int
		total  int
	}
	var list []entry
	longest := 0
	for key, n := range counts {
		e := entry{key, *n, n[0] + n[1] + n[2] + n[3] + n[4]}
		longest = max(longest, e.total)
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b entry) int {
		for _, severity := range model.Severities() {
			if c := cmp.Compare(b.counts[severity], a.counts[severity]); c != 0 {
				return c
			}
		}
		return cmp.Compare(a.key, b.key)
	})
	var rows []breakdown
	for _, e := range list {
		rows = append(rows, breakdown{title(e.key), cmp.Or(visible(e.key), "-"), e.total, bar(e.counts, longest), shares(e.counts, true)})
	}
	return rows
}

func layerTitle(layer string) string {
	switch model.Layer(layer) {
	case model.LayerWorkload:
		return "Workloads"
	case model.LayerCluster:
		return "Cluster and access"
	case model.LayerNetwork:
		return "Network"
	case model.LayerData:
		return "Data and secrets"
	case model.LayerSupplyChain:
		return "Supply chain"
	case "":
		return "Other"
	default:
		return visible(layer)
	}
}
