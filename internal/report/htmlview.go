package report

import (
	"bufio"
	"cmp"
	"fmt"

	"holdfast.dev/holdfast/internal/model"
)

// groups are the findings by control as they stand in the markup, for readers
// without JavaScript: documentation, and a few findings of each.
func (p *page) groups(sections []section) {
	for _, s := range sections {
		for _, g := range s.groups {
			v := groupView{ID: visible(g.control.ID), Title: visible(g.control.Title), Severity: g.severity.String(), Count: len(g.findings),
				Rationale: docParts(g.control.Rationale), Remediation: docParts(g.control.Remediation), References: referenceViews(g.control)}
			for i, f := range g.findings {
				if i == samplesListed {
					v.More = len(g.findings) - i
					break
				}
				r := rowOf(f)
				v.Samples = append(v.Samples, sampleView{r.object, r.key, r.path + r.value, r.place})
			}
			p.Groups = append(p.Groups, v)
		}
	}
}

func referenceViews(c model.Control) []referenceView {
	var list []referenceView
	for _, r := range c.References {
		list = append(list, referenceView{visible(label(r)), link(r)})
	}
	return list
}

// rest is what is not a finding.
func (p *page) rest(scan Scan) {
	for i := range scan.Result.Paths {
		p.Paths = append(p.Paths, scan.viewPath(&scan.Result.Paths[i]))
	}
	for _, x := range scan.exceptions() {
		v := exceptionView{Count: len(x.findings), Reason: cmp.Or(brief(x.exception.Reason, htmlValue), "no reason given"),
			Owner: visible(x.exception.Owner), Source: visible(x.exception.Source)}
		if !x.exception.Expires.IsZero() {
			v.Expires = x.exception.Expires.UTC().Format("2006-01-02")
		}
		p.Exceptions = append(p.Exceptions, v)
	}
	p.Missing = newGapSection("report", scan.Result.Gaps)
	p.Unjudged = scan.unjudgedControls()
	for _, u := range scan.unknowns() {
		p.Unknowns = append(p.Unknowns, unknownView{u.names(), u.text()})
	}
	for i := range scan.Result.Controls {
		t := &scan.Result.Controls[i]
		c := scan.control(t.Control)
		outcome := t.Outcome()
		text := outcome.String()
		if outcome == model.NotApplicable {
			text = "not applicable"
		}
		p.Controls = append(p.Controls, controlView{visible(c.ID), visible(c.Title), c.Severity.String(), outcome.String(), text,
			t.Count[model.Pass], t.Count[model.Fail], t.Count[model.Unknown], t.Count[model.NotApplicable]})
	}
}

// pageData writes the findings for the page's script. Objects and controls are
// named once and referred to by position: it keeps the file of a large scan small.
type pageData struct {
	*encoder
	scan     Scan
	controls map[string]int
	objects  map[model.ID]int
	order    []model.Ref
}

func writePageData(w *bufio.Writer, scan Scan) error {
	d := pageData{encoder: newEncoder(w, layoutCompact), scan: scan, controls: map[string]int{}, objects: map[model.ID]int{}}
	d.object()
	d.key("controls")
	d.list()
	for i, id := range scan.controlIDs() {
		d.controls[id] = i
		d.control(scan.control(id))
	}
	d.end()
	d.key("findings")
	d.list()
	for i := range scan.Result.Findings {
		d.entry(&scan.Result.Findings[i])
	}
	for i := range scan.Result.Excepted {
		d.entry(&scan.Result.Excepted[i])
	}
	d.end()
	d.key("objects") // after the findings, which number them
	d.list()
	for _, ref := range d.order {
		d.list()
		for _, part := range []string{ref.Cluster, ref.Group, ref.Kind, ref.Namespace, ref.Name} {
			d.cut(part)
		}
		d.end()
	}
	d.end()
	d.end()
	return d.err
}

// cut writes visible text, cut where it is very long.
func (d *pageData) cut(s string) { d.text(brief(s, htmlValue)) }

func (d *pageData) cutIf(name, s string) {
	if s != "" {
		d.key(name)
		d.cut(s)
	}
}

func (d *pageData) control(c model.Control) {
	d.object()
	d.str("id", visible(c.ID))
	d.str("title", visible(c.Title))
	d.str("layer", visible(cmp.Or(string(c.Layer), "-")))
	d.str("layerTitle", layerTitle(string(c.Layer)))
	d.str("why", visible(c.Rationale))
	d.str("fix", visible(c.Remediation))
	d.key("refs")
	d.list()
	for _, r := range referenceViews(c) {
		d.list()
		d.text(r.Label)
		d.text(r.URL)
		d.end()
	}
	d.end()
	d.end()
}

func (d *pageData) at(ref model.Ref) int {
	n, ok := d.objects[ref.ID]
	if !ok {
		n = len(d.order)
		d.objects[ref.ID] = n
		d.order = append(d.order, ref)
	}
	return n
}

func (d *pageData) entry(f *model.Finding) {
	d.object()
	d.num("c", d.controls[f.Control])
	d.str("s", f.Severity.String())
	d.num("o", d.at(f.Object))
	d.str("i", f.Fingerprint())
	d.cutIf("k", f.Key)
	d.cutIf("m", f.Message)
	d.key("e")
	d.list()
	for i := range f.Evidence {
		e := &f.Evidence[i]
		d.list()
		d.int(d.at(e.Object))
		d.cut(string(e.Path))
		d.cut(e.Value)
		d.cut(location(e.File, e.Line))
		d.end()
	}
	d.end()
	d.fixData(f.Fixes)
	if x := f.Exception; x != nil {
		d.key("x")
		d.cut(exceptionText(*x))
	}
	d.end()
}

// editText says what an edit replaces, before its text.
func editText(e model.Edit) string {
	place := location(e.File, e.StartLine)
	switch {
	case e.StartLine == e.EndLine && e.StartColumn == e.EndColumn:
		return fmt.Sprintf("%s: insert before column %d", place, e.StartColumn)
	case e.Text == "":
		return fmt.Sprintf("%s: delete from column %d up to line %d, column %d", place, e.StartColumn, e.EndLine, e.EndColumn)
	case e.StartLine == e.EndLine:
		return fmt.Sprintf("%s: replace columns %d to %d by", place, e.StartColumn, e.EndColumn-1)
	default:
		return fmt.Sprintf("%s: replace from column %d up to line %d, column %d, by", place, e.StartColumn, e.EndLine, e.EndColumn)
	}
}

func (d *pageData) fixData(fixes []model.Fix) {
	if len(fixes) == 0 {
		return
	}
	d.key("f")
	d.list()
	for i := range fixes {
		fix := &fixes[i]
		d.object()
		d.key("t")
		d.cut(fix.Title)
		d.key("p")
		d.list()
		for _, p := range fix.Patches {
			d.list()
			d.int(d.at(p.Object))
			d.text(p.Op.String())
			d.cut(string(p.Path))
			d.cut(string(p.Value))
			d.end()
		}
		d.end()
		d.key("d")
		d.list()
		for _, edit := range fix.Edits {
			d.list()
			d.cut(editText(edit))
			d.cut(edit.Text)
			d.end()
		}
		d.end()
		d.end()
	}
	d.end()
}
