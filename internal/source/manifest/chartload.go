package manifest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"helm.sh/helm/v4/pkg/chart/loader/archive"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/ignore"
	"sigs.k8s.io/yaml"

	"holdfast.dev/holdfast/internal/analysis/secret"
	"holdfast.dev/holdfast/internal/model"
)

// loadedChart is a chart with what is needed to name its files.
type loadedChart struct {
	*chart.Chart
	path   string // as the user sees it: a folder, or an archive
	prefix string // what precedes the paths of its files
	gaps   []model.Gap
	mask   secret.Mask       // takes what its values name as secrets out of messages
	places map[string]string // path within the chart as Helm calls it -> as it is called on disk
}

// loadChart reads a chart from a folder or an archive.
func (s *Source) loadChart(ctx context.Context, path string) (*loadedChart, error) {
	c := &loadedChart{path: path, prefix: path + "/", places: map[string]string{}}
	var files []*archive.BufferedFile
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return c, reason(err)
	case info.IsDir():
		files, err = c.folder(ctx, s.options.MaxFileBytes)
	default:
		files, err = c.archive(ctx, s.options.MaxFileBytes)
	}
	if err != nil {
		return c, err
	}
	slices.SortFunc(files, func(a, b *archive.BufferedFile) int { return strings.Compare(a.Name, b.Name) })
	return c, c.load(ctx, files)
}

// errNoChart says that an archive holds something else.
var errNoChart = errors.New("not a Helm chart: it holds no Chart.yaml")

func (c *loadedChart) archive(ctx context.Context, limit int64) ([]*archive.BufferedFile, error) {
	data, err := readFile(ctx, c.path, limit)
	if err != nil {
		return nil, err
	}
	files, err := archive.LoadArchiveFiles(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("not a chart archive: %w", err)
	}
	if !slices.ContainsFunc(files, func(f *archive.BufferedFile) bool { return f.Name == "Chart.yaml" }) {
		return nil, errNoChart
	}
	return files, nil
}

// folder collects the files of a chart as Helm does, but follows no symbolic link
// out of it and waits for no pipe.
func (c *loadedChart) folder(ctx context.Context, limit int64) ([]*archive.BufferedFile, error) {
	rules := ignore.Empty()
	if data, err := readRegular(ctx, filepath.Join(c.path, ignore.HelmIgnore), limit); err == nil {
		if rules, err = ignore.Parse(bytes.NewReader(data)); err != nil {
			return nil, fmt.Errorf("%s: %w", ignore.HelmIgnore, err)
		}
	}
	rules.AddDefaults()
	root, err := filepath.EvalSymlinks(c.path)
	if err != nil {
		return nil, reason(err)
	}
	w := chartWalk{chart: c, root: root, rules: rules, limit: min(limit, archive.MaxDecompressedFileSize), left: archive.MaxDecompressedChartSize}
	err = w.walk(ctx, root, "")
	return w.files, err
}

// chartWalk collects the files of a chart's folder.
type chartWalk struct {
	chart *loadedChart
	root  string
	rules *ignore.Rules
	limit int64    // for one file
	left  int64    // for all
	chain []string // the folders that are being read
	count int
	files []*archive.BufferedFile
}

// maxChartFiles bounds what links within a chart may multiply its files to.
const maxChartFiles = 20_000

// walk reads a folder that stands at name within the chart.
func (w *chartWalk) walk(ctx context.Context, dir, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return reason(err)
	}
	w.chain = append(w.chain, dir)
	defer func() { w.chain = w.chain[:len(w.chain)-1] }()
	for _, entry := range entries {
		if w.count++; w.count > maxChartFiles {
			return fmt.Errorf("the chart has more than %d files", maxChartFiles)
		}
		if err := w.entry(ctx, filepath.Join(dir, entry.Name()), path.Join(name, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

func (w *chartWalk) entry(ctx context.Context, file, name string) error {
	real, err := filepath.EvalSymlinks(file)
	if err != nil {
		w.gap(name, fmt.Sprintf("a symbolic link that leads nowhere: %v", reason(err)))
		return nil
	}
	info, err := os.Stat(real)
	if err != nil {
		return reason(err)
	}
	switch {
	case w.rules.Ignore(name, info):
	case !within(real, w.root):
		w.gap(name, "a symbolic link out of the chart: not followed")
	case info.IsDir() && slices.Contains(w.chain, real):
		w.gap(name, "a symbolic link to a folder around it: not followed")
	case info.IsDir():
		return w.walk(ctx, real, name)
	default:
		return w.file(ctx, real, name, info)
	}
	return nil
}

func (w *chartWalk) file(ctx context.Context, file, name string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		w.gap(name, fmt.Sprintf("is %s, not a file", describe(info.Mode())))
		return nil
	}
	data, err := readRegular(ctx, file, w.limit)
	if err != nil {
		w.gap(name, fmt.Sprintf("cannot be read: %v", err))
		return nil
	}
	if w.left -= int64(len(data)); w.left < 0 {
		return fmt.Errorf("the chart is larger than %d MiB, the limit of Helm", archive.MaxDecompressedChartSize>>20)
	}
	w.files = append(w.files, &archive.BufferedFile{Name: name, ModTime: info.ModTime(), Data: bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))})
	return nil
}

func (w *chartWalk) gap(name, reason string) {
	w.chart.gaps = append(w.chart.gaps, model.Gap{File: w.chart.prefix + name, Reason: reason})
}

// load makes the chart of its files. A subchart that is broken is left out, and
// said to be.
func (c *loadedChart) load(ctx context.Context, files []*archive.BufferedFile) error {
	subchart := regexp.MustCompile(`^error unpacking subchart (\S+) in \S+: ((?s:.*))$`)
	for {
		loaded, err := loader.LoadFiles(clone(files))
		c.Chart = loaded
		if err == nil {
			break
		}
		match := subchart.FindStringSubmatch(err.Error())
		if match == nil || ctx.Err() != nil {
			return err
		}
		left := slices.DeleteFunc(slices.Clone(files), func(f *archive.BufferedFile) bool {
			return f.Name == "charts/"+match[1] || strings.HasPrefix(f.Name, "charts/"+match[1]+"/")
		})
		if len(left) == len(files) {
			return err
		}
		c.gaps = append(c.gaps, model.Gap{File: c.prefix + "charts/" + match[1], Reason: "the subchart cannot be loaded: " + match[2]})
		files = left
	}
	if path.Ext(c.path) == ".tgz" || strings.HasSuffix(c.path, ".tar.gz") {
		c.prefix = c.path + ":" + c.Name() + "/"
	}
	c.locate(c.Chart, "", "")
	return nil
}

// clone copies what LoadFiles changes.
func clone(files []*archive.BufferedFile) []*archive.BufferedFile {
	out := make([]*archive.BufferedFile, len(files))
	for i, file := range files {
		copied := *file
		out[i] = &copied
	}
	return out
}

// locate notes what the folders of subcharts are called: Helm calls them by the
// names, or aliases, of the charts. called and real are the paths of the chart c.
func (l *loadedChart) locate(c *chart.Chart, called, real string) {
	entries := map[string]string{}
	for _, file := range c.Raw {
		rest, ok := strings.CutPrefix(file.Name, "charts/")
		if !ok {
			continue
		}
		entry, inner, _ := strings.Cut(rest, "/")
		if inner == "Chart.yaml" {
			var metadata chart.Metadata
			if yaml.Unmarshal(file.Data, &metadata) == nil {
				entries[metadata.Name] = "charts/" + entry + "/"
			}
		}
		if inner == "" && strings.HasSuffix(entry, ".tgz") {
			for _, sub := range c.Dependencies() {
				if strings.HasPrefix(entry, sub.Name()+"-"+sub.Metadata.Version) || entry == sub.Name()+".tgz" {
					entries[sub.Name()] = "charts/" + entry + ":" + sub.Name() + "/"
				}
			}
		}
	}
	names := map[string][]string{}
	for _, dependency := range c.Metadata.Dependencies {
		if dependency != nil && dependency.Alias != "" {
			names[dependency.Name] = append(names[dependency.Name], dependency.Alias)
		}
	}
	for _, sub := range c.Dependencies() {
		place, ok := entries[sub.Name()]
		if !ok {
			place = "charts/" + sub.Name() + "/"
		}
		for _, name := range append(names[sub.Name()], sub.Name()) {
			l.places[called+"charts/"+name+"/"] = real + place
			l.locate(sub, called+"charts/"+name+"/", real+place)
		}
	}
}

// file is the path of a file as the user sees it, of its name as Helm has it:
// chart/charts/sub/templates/x.yaml.
func (c *loadedChart) file(name string) string {
	_, name, _ = strings.Cut(name, "/")
	best := ""
	for called := range c.places {
		if strings.HasPrefix(name, called) && len(called) > len(best) {
			best = called
		}
	}
	if best != "" {
		name = c.places[best] + strings.TrimPrefix(name, best)
	}
	return c.prefix + name
}

// within reports whether a cleaned path is root or below it.
func within(path, root string) bool {
	return path == root || strings.HasPrefix(path, strings.TrimSuffix(root, string(filepath.Separator))+string(filepath.Separator))
}
