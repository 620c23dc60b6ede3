package manifest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/strvals"

	"holdfast.dev/holdfast/internal/analysis/secret"
	"holdfast.dev/holdfast/internal/model"
)

// userValues are the values of the values files and of what was set, as Helm
// merges them. The file of the gap is the values file that is wrong.
func (s *Source) userValues(ctx context.Context) (map[string]any, *model.Gap) {
	values := map[string]any{}
	for _, file := range s.options.Values {
		data, err := readFile(ctx, file, s.options.MaxFileBytes)
		if err != nil {
			return nil, &model.Gap{File: file, Reason: fmt.Sprintf("values cannot be read: %v", err)}
		}
		loaded, err := loader.LoadValues(bytes.NewReader(data))
		if err != nil {
			line, reason := errorLine(err)
			return nil, &model.Gap{File: file, Line: line, Reason: "values cannot be read: " + reason}
		}
		values = loader.MergeMaps(values, loaded)
	}
	for _, set := range s.options.Set {
		if err := strvals.ParseInto(set, values); err != nil {
			return nil, &model.Gap{Reason: fmt.Sprintf("--set %s: %v", set, err)}
		}
	}
	for _, set := range s.options.SetString {
		if err := strvals.ParseIntoString(set, values); err != nil {
			return nil, &model.Gap{Reason: fmt.Sprintf("--set-string %s: %v", set, err)}
		}
	}
	return values, nil
}

// renderValues completes the user's values to what the templates see. Problems
// that Helm would stop at and that leave something to render are gaps.
func (s *Source) renderValues(ctx context.Context, c *loadedChart) (common.Values, error) {
	user, gap := s.userValues(ctx)
	if gap != nil {
		c.gaps = append(c.gaps, *gap)
		return nil, errStopped
	}
	c.mask = secret.MaskOf([]any{user, c.Values})
	missing := c.missingDependencies(c.Chart)
	if err := chartutil.ProcessDependencies(c.Chart, user); err != nil {
		return nil, fmt.Errorf("dependencies: %w", err)
	}
	c.reportMissing(missing)
	capabilities := common.DefaultCapabilities.Copy()
	if version := s.options.KubernetesVersion; version != "" {
		if strings.Count(version, ".") == 1 {
			version += ".0" // as clusters report it
		}
		parsed, err := common.ParseKubeVersion(version)
		if err != nil {
			return nil, fmt.Errorf("Kubernetes version %q: %w", version, err)
		}
		capabilities.KubeVersion = *parsed
	}
	capabilities.APIVersions = append(capabilities.APIVersions[:len(capabilities.APIVersions):len(capabilities.APIVersions)], s.options.APIVersions...)
	c.checkVersion(capabilities)
	release := common.ReleaseOptions{Name: s.releaseName(), Namespace: s.decoder.Namespace, Revision: 1, IsInstall: true}
	values, err := util.ToRenderValuesWithSchemaValidation(c.Chart, user, release, capabilities, true)
	if err != nil {
		return nil, err
	}
	if coalesced, err := values.Table("Values"); err == nil {
		c.mask = secret.MaskOf(coalesced)
		c.checkSchemas(coalesced)
	}
	return values, nil
}

// errStopped says that a gap already tells why there is no more.
var errStopped = errors.New("stopped")

func (s *Source) releaseName() string {
	if s.options.ReleaseName == "" {
		return "release-name"
	}
	return s.options.ReleaseName
}

// missing is a dependency that Chart.yaml names and that is not there.
type missing struct {
	parent     *chart.Chart
	dependency *chart.Dependency
	name       string // by which conditions switch it: its alias, or its name
}

func (c *loadedChart) missingDependencies(of *chart.Chart) []missing {
	var all []missing
	for _, dependency := range of.Metadata.Dependencies {
		if dependency == nil {
			continue
		}
		found := false
		for _, sub := range of.Dependencies() {
			found = found || sub.Name() == dependency.Name && chartutil.IsCompatibleRange(dependency.Version, sub.Metadata.Version)
		}
		if !found {
			name := dependency.Name
			if dependency.Alias != "" {
				name = dependency.Alias
			}
			all = append(all, missing{parent: of, dependency: dependency, name: name})
		}
	}
	for _, sub := range of.Dependencies() {
		all = append(all, c.missingDependencies(sub)...)
	}
	return all
}

// reportMissing says which of the missing dependencies the values want.
func (c *loadedChart) reportMissing(all []missing) {
	for _, m := range all {
		// ProcessDependencies keeps those that are switched on.
		wanted := false
		for _, kept := range m.parent.Metadata.Dependencies {
			wanted = wanted || kept != nil && kept.Name == m.name
		}
		file := c.file(m.parent.ChartFullPath() + "/Chart.yaml")
		line := lineWith(rawFile(m.parent, "Chart.yaml"), "name:", m.dependency.Name)
		where := m.dependency.Repository
		if where == "" {
			where = "no repository"
		}
		gap := model.Gap{File: file, Line: line, Reason: fmt.Sprintf("dependency %s %s (%s) is not in charts/: run helm dependency build", m.dependency.Name, m.dependency.Version, where)}
		if !wanted {
			gap.Skipped = true
			gap.Reason = fmt.Sprintf("dependency %s is not in charts/, and the values switch it off", m.dependency.Name)
		}
		c.gaps = append(c.gaps, gap)
	}
}

func rawFile(c *chart.Chart, name string) []byte {
	for _, file := range c.Raw {
		if file.Name == name {
			return file.Data
		}
	}
	return nil
}

// lineWith finds the first line that has a key and a text; 0 if there is none.
func lineWith(data []byte, key, text string) int {
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		if strings.Contains(line, key) && strings.Contains(line, text) {
			return number
		}
	}
	return 0
}

// checkVersion compares the chart's kubeVersion, which Helm refuses to violate.
func (c *loadedChart) checkVersion(capabilities *common.Capabilities) {
	constraint := c.Metadata.KubeVersion
	if constraint == "" || chartutil.IsCompatibleRange(constraint, capabilities.KubeVersion.String()) {
		return
	}
	c.gaps = append(c.gaps, model.Gap{
		File: c.prefix + "Chart.yaml", Line: lineWith(rawFile(c.Chart, "Chart.yaml"), "kubeVersion", ""), Refused: true,
		Reason: fmt.Sprintf("Helm refuses the chart: it wants Kubernetes %s, the version is %s", constraint, capabilities.KubeVersion.String()),
	})
}

// checkSchemas compares the values with the chart's schema, which Helm refuses to
// violate. A schema that refers to other files or hosts is not looked at.
func (c *loadedChart) checkSchemas(values map[string]any) {
	if reference := foreignReference(c.Chart); reference != "" {
		c.gaps = append(c.gaps, model.Gap{File: c.prefix + "values.schema.json", Skipped: true, Reason: fmt.Sprintf("the values were not compared with the schema: it refers to %s, which is not fetched", reference)})
		return
	}
	if err := util.ValidateAgainstSchema(c.Chart, values); err != nil {
		c.gaps = append(c.gaps, model.Gap{File: c.prefix + "values.schema.json", Refused: true, Reason: "Helm refuses the values: " + oneLine(err.Error())})
	}
}

// foreignReference finds what the schema of a chart or of a subchart refers to
// outside of itself.
func foreignReference(c *chart.Chart) string {
	var tree any
	if json.Unmarshal(c.Schema, &tree) == nil {
		if reference := foreignIn(tree); reference != "" {
			return reference
		}
	}
	for _, sub := range c.Dependencies() {
		if reference := foreignReference(sub); reference != "" {
			return reference
		}
	}
	return ""
}

func foreignIn(tree any) string {
	var children []any
	switch node := tree.(type) {
	case map[string]any:
		for _, key := range sortedKeys(node) {
			value, isText := node[key].(string)
			switch {
			case isText && (key == "$ref" || key == "$dynamicRef" || key == "$recursiveRef") && !strings.HasPrefix(value, "#"),
				isText && key == "$schema" && !strings.Contains(value, "//json-schema.org/"):
				return value
			}
			children = append(children, node[key])
		}
	case []any:
		children = node
	}
	for _, child := range children {
		if reference := foreignIn(child); reference != "" {
			return reference
		}
	}
	return ""
}

// oneLine joins the lines of a message.
func oneLine(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > 400 {
		text = strings.ToValidUTF8(text[:400], "") + "…"
	}
	return text
}
