package manifest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	chart "helm.sh/helm/v4/pkg/chart/v2"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
)

// readChart renders a chart and reads what comes out. Asked says that the chart
// itself was named.
func (s *Source) readChart(ctx context.Context, path string, asked bool) (changes []snapshot.Change) {
	c := &loadedChart{path: path}
	defer func() {
		if r := recover(); r != nil { // Helm's packages do, on some broken charts
			changes = append(changes, gapChange(model.Gap{File: path, Reason: oneLine(fmt.Sprintf("the chart cannot be rendered: %v", r))}))
		}
	}()
	c, err := s.loadChart(ctx, path)
	if errors.Is(err, errNoChart) {
		return []snapshot.Change{gapChange(model.Gap{File: path, Reason: err.Error(), Skipped: !asked})}
	}
	if err == nil {
		changes, err = s.renderChart(ctx, c)
	}
	if err != nil && !errors.Is(err, errStopped) {
		c.gaps = append(c.gaps, chartGap(c, err))
	}
	slices.SortStableFunc(c.gaps, model.Gap.Compare) // Helm loads subcharts in any order
	all := make([]snapshot.Change, 0, len(c.gaps)+len(changes))
	for _, gap := range c.gaps {
		all = append(all, gapChange(gap))
	}
	if all = append(all, changes...); len(all) == 0 {
		all = append(all, gapChange(model.Gap{File: path, Reason: "the chart renders no object", Skipped: true}))
	}
	for _, change := range all {
		if change.Gap != nil { // templates may quote what they were given
			change.Gap.Reason = c.mask.Hide(change.Gap.Reason)
		}
	}
	return all
}

func gapChange(gap model.Gap) snapshot.Change { return snapshot.Change{Gap: &gap} }

// chartGap is the gap for a chart that cannot be loaded.
func chartGap(c *loadedChart, err error) model.Gap {
	gap := model.Gap{File: c.path, Reason: "the chart cannot be loaded: " + oneLine(err.Error())}
	for _, name := range []string{"Chart.yaml", "values.yaml", "Chart.lock", "requirements.yaml"} {
		if strings.Contains(err.Error(), "cannot load "+name) {
			line, reason := errorLine(err)
			gap = model.Gap{File: c.prefix + name, Line: line, Reason: "the chart cannot be loaded: " + reason}
		}
	}
	return gap
}

// errorLine takes the line out of the error of a YAML parser.
func errorLine(err error) (line int, reason string) {
	reason = oneLine(err.Error())
	if match := regexp.MustCompile(`yaml: line (\d+): (.*)$`).FindStringSubmatch(reason); match != nil {
		line, _ = strconv.Atoi(match[1])
		reason = "not valid YAML: " + match[2]
	}
	return line, reason
}

// renderChart renders the templates of a chart and decodes them.
func (s *Source) renderChart(ctx context.Context, c *loadedChart) ([]snapshot.Change, error) {
	changes := s.definitions(ctx, c)
	if c.Metadata.Type == "library" {
		c.gaps = append(c.gaps, model.Gap{File: c.path, Reason: "a library chart: it renders nothing of its own", Skipped: true})
		return changes, nil
	}
	values, err := s.renderValues(ctx, c)
	if err != nil {
		return changes, err
	}
	r := newRendering(c, values)
	files := r.run(ctx)
	c.gaps = append(c.gaps, r.gaps...)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if strings.TrimSpace(files[name]) == "" {
			continue
		}
		changes = append(changes, s.decode(ctx, document.Text{
			File: c.file(name), Data: []byte(files[name]), Asked: true, Rendered: true, LineOf: r.lines(name).of,
		})...)
	}
	return changes, nil
}

// definitions reads the files in crds/, which Helm installs as they are.
func (s *Source) definitions(ctx context.Context, c *loadedChart) []snapshot.Change {
	var changes []snapshot.Change
	crds := c.CRDObjects()
	slices.SortFunc(crds, func(a, b chart.CRD) int { return strings.Compare(a.Filename, b.Filename) })
	for _, crd := range crds {
		file := c.file(filepath.ToSlash(crd.Filename))
		changes = append(changes, s.decode(ctx, document.Text{
			File: file, Data: crd.File.Data, Asked: true, Editable: !strings.Contains(file, ":") && filepath.Ext(c.path) != ".tgz",
		})...)
	}
	return changes
}

// isNotes reports a file that Helm prints instead of installing.
func isNotes(name string) bool { return path.Base(name) == "NOTES.txt" }
