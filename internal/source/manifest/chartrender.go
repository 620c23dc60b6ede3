package manifest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"helm.sh/helm/v4/pkg/chart/common"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/engine"

	"holdfast.dev/holdfast/internal/model"
)

// maxRendering bounds the time that one chart may take.
const maxRendering = 30 * time.Second

// rendering renders the templates of one chart: once for what they say, and once
// more, marked, for where it stands.
type rendering struct {
	chart     *loadedChart
	values    common.Values
	templates []*templateFile // sorted by name
	gaps      []model.Gap
	clean     map[string]string
	marks     map[string]string
}

// templateFile is one template file of the chart or of a subchart.
type templateFile struct {
	name   string // as Helm has it: chart/charts/sub/templates/x.yaml
	text   string
	file   *common.File // what Helm renders
	broken bool         // its own text is left out, its named templates are not
}

// partial reports a file of named templates, which is not rendered itself.
func (t *templateFile) partial() bool {
	return strings.HasPrefix(t.name[strings.LastIndexByte(t.name, '/')+1:], "_")
}

func newRendering(c *loadedChart, values common.Values) *rendering {
	r := &rendering{chart: c, values: values}
	r.collect(c.Chart)
	slices.SortFunc(r.templates, func(a, b *templateFile) int { return strings.Compare(a.name, b.name) })
	return r
}

// collect takes the templates of a chart and its subcharts. What Helm only prints
// is left out.
func (r *rendering) collect(c *chart.Chart) {
	c.Templates = slices.DeleteFunc(c.Templates, func(f *common.File) bool { return f == nil || isNotes(f.Name) })
	for i, file := range c.Templates {
		own := *file // a chart under two aliases shares its files
		c.Templates[i] = &own
		r.templates = append(r.templates, &templateFile{name: c.ChartFullPath() + "/" + file.Name, text: string(file.Data), file: &own})
	}
	for _, sub := range c.Dependencies() {
		r.collect(sub)
	}
}

// run renders and returns the text of each template. One that fails becomes a gap
// and is left out, so that it does not hide the others.
func (r *rendering) run(ctx context.Context) map[string]string {
	for range len(r.templates) + 1 {
		out, err := r.execute(ctx, func(_ int, text string) string { return guarded(text) })
		if err == nil {
			r.clean = out
			break
		}
		blamed := r.blame(err)
		if blamed == nil || blamed.broken || errors.Is(err, errTime) || ctx.Err() != nil {
			r.apart(ctx, err)
			break
		}
		blamed.broken = true
	}
	r.trace(ctx)
	return r.clean
}

// apart renders each template without the text of the others, where Helm does not
// say which one fails.
func (r *rendering) apart(ctx context.Context, whole error) {
	r.clean = map[string]string{}
	if errors.Is(whole, errTime) || ctx.Err() != nil {
		r.gaps = append(r.gaps, model.Gap{File: r.chart.path, Reason: "the chart cannot be rendered: " + oneLine(whole.Error())})
		return
	}
	for i, alone := range r.templates {
		if alone.partial() || alone.broken {
			continue
		}
		out, err := r.execute(ctx, func(j int, text string) string {
			if i != j {
				text = definitionsOnly(text)
			}
			return guarded(text)
		})
		if err != nil {
			alone.broken = true
			r.gaps = append(r.gaps, r.gap(err.Error(), alone))
			continue
		}
		r.clean[alone.name] = out[alone.name]
	}
}

// trace renders once more with marks. Without it lines are unknown.
func (r *rendering) trace(ctx context.Context) {
	marks, err := r.execute(ctx, func(i int, text string) string { return guarded(marked(text, i)) })
	if err == nil {
		r.marks = marks
	}
}

// lines maps the lines of a rendered template to those of its text.
func (r *rendering) lines(name string) lineMap {
	i := slices.IndexFunc(r.templates, func(t *templateFile) bool { return t.name == name })
	if i < 0 || r.marks == nil {
		return nil
	}
	return traceLines(r.clean[name], r.marks[name], i)
}

// errTime says that Helm did not come back.
var errTime = fmt.Errorf("it takes longer than %v", maxRendering)

// execute renders all templates, their texts changed by prepare.
func (r *rendering) execute(ctx context.Context, prepare func(i int, text string) string) (map[string]string, error) {
	for i, t := range r.templates {
		text := t.text
		if t.broken {
			text = definitionsOnly(text)
		}
		t.file.Data = []byte(prepare(i, text))
	}
	type result struct {
		files map[string]string
		err   error
	}
	stop := make(chan struct{})
	done := make(chan result, 1)
	box := &sandbox{done: stop}
	values := copyValues(r.values).(common.Values)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- result{err: fmt.Errorf("%v", p)}
			}
		}()
		files, err := engine.Engine{CustomTemplateFuncs: box.functions()}.Render(r.chart.Chart, values)
		done <- result{files: files, err: err}
	}()
	timer := time.NewTimer(maxRendering)
	defer timer.Stop()
	select {
	case out := <-done:
		return out.files, out.err
	case <-ctx.Done():
		close(stop)
		return nil, ctx.Err()
	case <-timer.C:
		close(stop)
		return nil, errTime
	}
}

// copyValues copies what templates can change.
func copyValues(value any) any {
	switch v := value.(type) {
	case common.Values:
		return common.Values(copyValues(map[string]any(v)).(map[string]any))
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, each := range v {
			out[key] = copyValues(each)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, each := range v {
			out[i] = copyValues(each)
		}
		return out
	default:
		return value
	}
}

// location is a place that an error of Helm names.
type location struct {
	template *templateFile
	line     int
	start    int // offset in the message
	end      int
}

// blame finds the template whose text led to an error, and notes a gap at the
// place where the error arose. It returns nil when Helm does not say whose text
// that is: a partial file is run by others.
func (r *rendering) blame(err error) *templateFile {
	message := err.Error()
	places := r.locations(message)
	if len(places) == 0 || places[0].template.partial() && !strings.HasPrefix(message, "parse error") {
		return nil
	}
	outer := places[0].template
	if !outer.broken {
		r.gaps = append(r.gaps, r.gap(message, outer))
	}
	return outer
}

// gap words an error of Helm that a template led to.
func (r *rendering) gap(message string, outer *templateFile) model.Gap {
	gap := model.Gap{File: r.chart.file(outer.name), Reason: message}
	places := r.locations(message)
	for _, place := range places {
		if place.template == outer {
			gap.Line = place.line
			break
		}
	}
	if len(places) > 0 {
		inner := places[len(places)-1]
		gap.Reason = strings.TrimLeft(message[inner.end:], "0123456789:) \n")
		if outer != inner.template {
			gap.Reason += fmt.Sprintf(" (for %s)", strings.TrimSuffix(fmt.Sprintf("%s:%d", gap.File, gap.Line), ":0"))
			gap.File = r.chart.file(inner.template.name)
		}
		gap.Line = inner.line
	}
	if strings.Contains(message, errEndless.Error()) {
		gap.Reason = errEndless.Error()
	}
	gap.Reason = "the template cannot be rendered: " + oneLine(gap.Reason)
	return gap
}

// locations finds the places that a message names as template:line, in order.
func (r *rendering) locations(message string) []location {
	byStart := map[int]location{}
	for _, t := range r.templates {
		for at := 0; ; {
			found := strings.Index(message[at:], t.name+":")
			if found < 0 {
				break
			}
			start := at + found
			at = start + len(t.name) + 1
			digits := len(message[at:]) - len(strings.TrimLeft(message[at:], "0123456789"))
			line, err := strconv.Atoi(message[at : at+digits])
			// Of a name that ends in another one the longer counts.
			if known, ok := byStart[at]; err == nil && (!ok || len(known.template.name) < len(t.name)) {
				byStart[at] = location{template: t, line: line, start: start, end: at + digits}
			}
		}
	}
	places := slices.Collect(maps.Values(byStart))
	slices.SortFunc(places, func(a, b location) int { return a.start - b.start })
	return places
}
