package report

import (
	"bufio"
	"time"

	"holdfast.dev/holdfast/internal/model"
)

// writeDocument renders the ScanResult, the published machine-readable form. Its
// schema is docs/reference/scan-result.schema.json.
func writeDocument(w *bufio.Writer, scan Scan, l layout) error {
	e := newEncoder(w, l)
	r := scan.Result
	e.object()
	e.str("apiVersion", "holdfast.dev/v1")
	e.str("kind", "ScanResult")
	e.time("at", r.At)
	e.summary(scan)
	e.num("objects", r.Objects)
	e.key("findings")
	e.list()
	for i := range r.Findings {
		e.finding(&r.Findings[i])
	}
	e.end()
	e.key("excepted")
	e.list()
	for i := range r.Excepted {
		e.finding(&r.Excepted[i])
	}
	e.end()
	e.key("controls")
	e.list()
	for i := range r.Controls {
		e.tally(&r.Controls[i])
	}
	e.end()
	e.frameworks(scan.frameworks())
	e.key("gaps")
	e.list()
	for _, gap := range r.Gaps {
		e.gap(gap)
	}
	e.end()
	e.key("paths")
	e.list()
	for i := range r.Paths {
		e.attackPath(&r.Paths[i])
	}
	e.end()
	e.end()
	return e.err
}

func (e *encoder) time(name string, t time.Time) {
	if !t.IsZero() {
		e.str(name, t.UTC().Format(time.RFC3339))
	}
}

func (e *encoder) summary(scan Scan) {
	e.key("summary")
	e.object()
	e.strIf("target", scan.Target)
	e.strIf("kubernetesVersion", scan.KubernetesVersion)
	e.key("tool")
	e.object()
	e.str("name", scan.toolName())
	e.strIf("version", scan.Tool.Version)
	e.strIf("commit", scan.Tool.Commit)
	e.end()
	counts := model.CountBySeverity(scan.Result.Findings)
	e.key("findings")
	e.object()
	for _, severity := range model.Severities() {
		e.num(severity.String(), counts[severity])
	}
	e.end()
	outcomes := scan.outcomes()
	e.key("controls")
	e.object()
	for _, outcome := range []model.Outcome{model.Pass, model.Fail, model.Unknown, model.NotApplicable} {
		e.num(outcome.String(), outcomes[outcome])
	}
	e.end()
	e.num("objects", scan.Result.Objects)
	e.num("excepted", len(scan.Result.Excepted))
	gaps := scan.gaps()
	e.num("gaps", gaps)
	e.num("skipped", len(scan.Result.Gaps)-gaps)
	if scan.FailOn != nil {
		e.str("failOn", scan.FailOn.String())
		e.num("failing", scan.Failing())
	}
	if scan.New {
		e.flag("new", true)
	}
	e.end()
}

func (e *encoder) finding(f *model.Finding) {
	e.object()
	e.str("fingerprint", f.Fingerprint())
	e.str("control", f.Control)
	e.str("severity", f.Severity.String())
	e.key("object")
	e.ref(f.Object)
	e.str("message", f.Message)
	e.strIf("key", f.Key)
	e.time("at", f.At)
	e.evidence(f.Evidence)
	e.key("fixes")
	e.fixes(f.Fixes)
	if x := f.Exception; x != nil {
		e.key("exception")
		e.object()
		e.str("owner", x.Owner)
		e.str("reason", x.Reason)
		e.time("expires", x.Expires)
		e.str("source", x.Source)
		e.end()
	}
	e.end()
}

func (e *encoder) ref(r model.Ref) {
	e.object()
	e.strIf("cluster", r.Cluster)
	e.str("group", r.Group)
	e.strIf("version", r.Version)
	e.str("kind", r.Kind)
	e.strIf("namespace", r.Namespace)
	e.str("name", r.Name)
	e.strIf("uid", r.UID)
	e.end()
}

func (e *encoder) evidence(list []model.Evidence) {
	e.key("evidence")
	e.list()
	for i := range list {
		v := &list[i]
		e.object()
		e.key("object")
		e.ref(v.Object)
		e.str("path", string(v.Path))
		e.str("value", v.Value)
		e.strIf("file", v.File)
		e.numIf("line", v.Line)
		e.end()
	}
	e.end()
}

func (e *encoder) fixes(list []model.Fix) {
	e.list()
	for i := range list {
		fix := &list[i]
		e.object()
		e.str("title", fix.Title)
		e.num("effort", fix.Effort)
		e.key("patches")
		e.list()
		for _, p := range fix.Patches {
			e.object()
			e.key("object")
			e.ref(p.Object)
			e.str("op", p.Op.String())
			e.str("path", string(p.Path))
			if len(p.Value) > 0 {
				e.key("value")
				e.raw(p.Value)
			}
			e.end()
		}
		e.end()
		if len(fix.Edits) > 0 {
			e.key("edits")
			e.edits(fix.Edits)
		}
		e.end()
	}
	e.end()
}

func (e *encoder) edits(list []model.Edit) {
	e.list()
	for _, edit := range list {
		e.object()
		e.str("file", edit.File)
		e.num("startLine", edit.StartLine)
		e.num("startColumn", edit.StartColumn)
		e.num("endLine", edit.EndLine)
		e.num("endColumn", edit.EndColumn)
		e.str("text", edit.Text)
		e.end()
	}
	e.end()
}

func (e *encoder) tally(t *model.Tally) {
	e.object()
	e.str("id", t.Control)
	e.str("outcome", t.Outcome().String())
	e.num("pass", t.Count[model.Pass])
	e.num("fail", t.Count[model.Fail])
	e.num("unknown", t.Count[model.Unknown])
	e.num("notApplicable", t.Count[model.NotApplicable])
	e.key("unknownObjects")
	e.list()
	for _, ref := range t.Unknown {
		e.ref(ref)
	}
	e.end()
	e.key("missing")
	e.list()
	for _, scope := range t.Missing {
		e.scope(scope)
	}
	e.end()
	e.end()
}

// frameworks writes the member of that name, if frameworks were asked for.
func (e *encoder) frameworks(list []frameworkOutcome) {
	if len(list) == 0 {
		return
	}
	e.key("frameworks")
	e.list()
	for i := range list {
		f := &list[i]
		e.object()
		e.str("id", f.ID)
		e.str("title", f.Title)
		e.str("version", f.Version)
		e.str("source", f.Source)
		e.key("requirements")
		e.list()
		for j := range f.requirements {
			e.requirement(&f.requirements[j])
		}
		e.end()
		e.end()
	}
	e.end()
}

func (e *encoder) requirement(r *requirement) {
	e.object()
	e.str("id", r.ID)
	e.str("title", r.Title)
	e.str("outcome", r.Outcome.String())
	e.num("findings", r.findings)
	e.num("accepted", r.accepted)
	e.key("controls")
	e.list()
	for i, id := range r.Controls {
		e.object()
		e.str("id", id)
		e.str("outcome", r.ByControl[i].String())
		e.end()
	}
	e.end()
	e.end()
}

func (e *encoder) gap(g model.Gap) {
	e.object()
	e.str("reason", g.Reason)
	e.strIf("file", g.File)
	e.numIf("line", g.Line)
	e.key("scope")
	e.scope(g.Scope)
	e.flag("refused", g.Refused)
	e.flag("skipped", g.Skipped)
	e.end()
}

func (e *encoder) scope(s model.Scope) {
	e.object()
	e.strIf("cluster", s.Cluster)
	e.strIf("group", s.Group)
	e.strIf("kind", s.Kind)
	e.strIf("namespace", s.Namespace)
	e.end()
}

func (e *encoder) attackPath(p *model.AttackPath) {
	e.object()
	e.fact("entry", p.Entry)
	e.fact("goal", p.Goal)
	e.key("cost")
	e.float(p.Cost)
	e.key("steps")
	e.list()
	for i := range p.Steps {
		s := &p.Steps[i]
		e.object()
		e.str("technique", s.Technique)
		e.key("needs")
		e.list()
		for _, need := range s.Needs {
			e.factBody(need)
		}
		e.end()
		e.fact("yields", s.Yields)
		e.key("cost")
		e.float(s.Cost)
		e.flag("possible", s.Possible)
		e.evidence(s.Evidence)
		e.key("fixes")
		e.fixes(s.Fixes)
		e.end()
	}
	e.end()
	e.end()
}

func (e *encoder) fact(name string, f model.Fact) {
	e.key(name)
	e.factBody(f)
}

func (e *encoder) factBody(f model.Fact) {
	e.object()
	e.str("kind", f.Kind)
	e.key("object")
	e.ref(model.Ref{ID: f.Object})
	e.strIf("detail", f.Detail)
	e.end()
}
