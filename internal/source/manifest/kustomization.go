package manifest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/types"
	sigsyaml "sigs.k8s.io/yaml"

	"holdfast.dev/holdfast/internal/model"
)

// kustomization is one kustomization file. It is read before kustomize sees it:
// what it refers to decides which files are not manifests of their own, and
// whether anything would be fetched. What kustomize then gets is what was looked
// at here, written anew.
type kustomization struct {
	dir     string // as the user sees it
	file    string
	content *types.Kustomization // nil: it cannot be understood
	foreign bool                 // something else of that name, such as Flux's
	refs    []reference
	gaps    []model.Gap    // what kustomize is not let near
	stopped bool           // kustomize must not run
	lines   map[string]int // text -> the first line that has it as a value
}

// reference is one file or folder that a kustomization names.
type reference struct {
	path string // as written
	use  use
}

// use says what a kustomization does with what it refers to.
type use uint8

const (
	useResource use = iota // a file of objects, or a folder with a kustomization
	usePart                // a folder with a Component
	usePlugin              // the configuration of a generator, transformer or validator
	useData                // anything else: a patch, data of a ConfigMap
	useEnv                 // a file of variables
)

// readKustomization reads the kustomization file of a folder.
func (s *Source) readKustomization(ctx context.Context, dir string) *kustomization {
	k := &kustomization{dir: dir, lines: map[string]int{}}
	for _, name := range kustomizationFiles() {
		file := filepath.Join(dir, name)
		if _, err := os.Stat(file); err != nil {
			continue
		}
		if k.file != "" {
			k.stop(0, fmt.Sprintf("there is %s as well: kustomize takes neither", name))
			return k
		}
		k.file = file
	}
	data, err := readRegular(ctx, k.file, s.options.MaxFileBytes)
	if err != nil {
		k.stop(0, fmt.Sprintf("cannot be read: %v", err))
		return k
	}
	if len(data) > maxKustomization {
		k.stop(0, "the kustomization is larger than 1 MiB")
		return k
	}
	k.parse(data)
	if k.content != nil && !k.foreign {
		k.collect()
		k.check(ctx, s)
	}
	return k
}

const maxKustomization = 1 << 20

// kustomizationFiles are the names that kustomize looks for
// (sigs.k8s.io/kustomize/api/konfig, RecognizedKustomizationFileNames).
func kustomizationFiles() []string {
	return []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}
}

func isKustomizationFile(name string) bool { return slices.Contains(kustomizationFiles(), name) }

// stop notes why kustomize is not run.
func (k *kustomization) stop(line int, reason string) {
	k.stopped = true
	k.gaps = append(k.gaps, model.Gap{File: k.file, Line: line, Reason: reason})
}

// parse reads the file as kustomize does, and the lines of its values.
func (k *kustomization) parse(data []byte) {
	var tree yaml.Node
	if err := yaml.Unmarshal(data, &tree); err != nil {
		line, reason := errorLine(err)
		k.stop(line, "the kustomization cannot be read: "+reason)
		return
	}
	k.noteLines(&tree)
	if version := versionOf(&tree); version != "" && !strings.HasPrefix(version, "kustomize.config.k8s.io/") {
		k.foreign = true
		return
	}
	content := &types.Kustomization{}
	if err := content.Unmarshal(data); err != nil {
		line, reason := errorLine(err)
		k.stop(line, "the kustomization cannot be read: "+reason)
		return
	}
	if content.CheckEmpty() != nil {
		k.stop(0, "the kustomization is empty")
		return
	}
	content.FixKustomization()
	k.content = content
}

func versionOf(tree *yaml.Node) string {
	if len(tree.Content) == 0 || tree.Content[0].Kind != yaml.MappingNode {
		return ""
	}
	for i := 0; i+1 < len(tree.Content[0].Content); i += 2 {
		if tree.Content[0].Content[i].Value == "apiVersion" {
			return tree.Content[0].Content[i+1].Value
		}
	}
	return ""
}

func (k *kustomization) noteLines(node *yaml.Node) {
	if _, known := k.lines[node.Value]; !known {
		k.lines[node.Value] = node.Line
	}
	for _, child := range node.Content {
		k.noteLines(child)
	}
}

func (k *kustomization) component() bool {
	return k.content != nil && k.content.Kind == types.ComponentKind
}

// collect notes everything that the file refers to.
func (k *kustomization) collect() {
	c := k.content
	k.add(useResource, c.Resources...)
	k.add(usePart, c.Components...)
	k.add(usePlugin, c.Generators...)
	k.add(usePlugin, c.Transformers...)
	k.add(usePlugin, c.Validators...)
	k.add(useData, c.Crds...)
	k.add(useData, c.Configurations...)
	k.add(useData, c.OpenAPI["path"])
	for _, patch := range c.PatchesStrategicMerge {
		k.add(useData, string(patch))
	}
	for _, patch := range append(slices.Clone(c.Patches), c.PatchesJson6902...) {
		k.add(useData, patch.Path)
	}
	for _, replacement := range c.Replacements {
		k.add(useData, replacement.Path)
	}
	for _, each := range c.ConfigMapGenerator {
		k.generator(each.GeneratorArgs)
	}
	for _, each := range c.SecretGenerator {
		k.generator(each.GeneratorArgs)
	}
}

func (k *kustomization) add(use use, paths ...string) {
	for _, path := range paths {
		if path != "" {
			k.refs = append(k.refs, reference{path: path, use: use})
		}
	}
}

// generator notes the files of a ConfigMap or Secret that is generated.
func (k *kustomization) generator(args types.GeneratorArgs) {
	for _, file := range args.FileSources {
		if key, path, ok := strings.Cut(file, "="); ok {
			if k.lines[path] == 0 {
				k.lines[path] = k.lines[key+"="+path]
			}
			file = path
		}
		k.add(useData, file)
	}
	k.add(useEnv, args.EnvSources...)
}

// check keeps kustomize from what it would fetch or run. What does not exist is
// refused as well, because kustomize tries a path that it cannot read as the
// address of a repository.
func (k *kustomization) check(ctx context.Context, s *Source) {
	if len(k.content.HelmCharts) > 0 {
		k.stop(k.lines["helmCharts"], "helmCharts would run helm: render the chart, and scan that")
	}
	for _, ref := range k.refs {
		line := k.lines[ref.path]
		switch {
		case ref.inline():
			if remote := remoteIn(ref.path); ref.use == usePlugin && remote != "" && !s.options.AllowRemote {
				k.stop(line, notFetched(remote))
			}
		case isRemote(ref.path) && s.options.AllowRemote:
		case isRemote(ref.path) && ref.use == useResource:
			// What else there is can be rendered without.
			k.gaps = append(k.gaps, model.Gap{File: k.file, Line: line, Reason: notFetched(ref.path)})
			k.content.Resources = slices.DeleteFunc(k.content.Resources, func(path string) bool { return path == ref.path })
		case isRemote(ref.path):
			k.stop(line, notFetched(ref.path))
		default:
			k.checkLocal(ctx, s, ref)
		}
	}
}

func notFetched(path string) string {
	return fmt.Sprintf("%s is remote and was not fetched: allow it with --allow-remote, or render the kustomization and scan that", path)
}

// checkLocal demands that a path exists and is a file or folder, and that the
// configuration of a plugin names nothing remote.
func (k *kustomization) checkLocal(ctx context.Context, s *Source, ref reference) {
	path, line := k.join(ref.path), k.lines[ref.path]
	info, err := os.Stat(path)
	switch {
	case err != nil:
		k.stop(line, fmt.Sprintf("%s: %v", ref.path, reason(err)))
	case !info.Mode().IsRegular() && !info.IsDir():
		k.stop(line, fmt.Sprintf("%s is %s, not a file", ref.path, describe(info.Mode())))
	case ref.use == usePlugin && info.Mode().IsRegular():
		k.checkPlugin(ctx, s, ref)
	}
}

// checkPlugin looks for what the configuration of a plugin would fetch.
func (k *kustomization) checkPlugin(ctx context.Context, s *Source, ref reference) {
	if s.options.AllowRemote {
		return
	}
	data, err := readRegular(ctx, k.join(ref.path), s.options.MaxFileBytes)
	if err != nil {
		k.stop(k.lines[ref.path], fmt.Sprintf("%s: %v", ref.path, err))
	} else if remote := remoteIn(string(data)); remote != "" {
		k.stop(k.lines[ref.path], notFetched(remote))
	}
}

func (k *kustomization) join(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(k.dir, path)
}

// inline reports an entry that is YAML itself instead of the path of a file.
func (r reference) inline() bool {
	return (r.use == usePlugin || r.use == useData) && (strings.Contains(r.path, "\n") || strings.Contains(r.path, ": ") || strings.HasPrefix(r.path, "{"))
}

// modern writes fields that are deprecated as those that took their place, where
// that makes no difference: kustomize warns of each on the standard error of the
// process. It is what "kustomize edit fix" does, but for the order in which patches
// are made.
func (k *kustomization) modern() types.Kustomization {
	content := *k.content
	content.Patches, content.PatchesStrategicMerge = nil, nil
	for _, patch := range k.content.PatchesStrategicMerge {
		ref := reference{path: string(patch), use: useData}
		if ref.inline() {
			content.Patches = append(content.Patches, types.Patch{Patch: ref.path})
		} else {
			content.Patches = append(content.Patches, types.Patch{Path: ref.path})
		}
	}
	content.Patches = append(content.Patches, k.content.Patches...)
	between := content.NamePrefix + content.NameSuffix + content.Namespace
	if between == "" && len(content.Labels)+len(content.CommonLabels)+len(content.CommonAnnotations) == 0 {
		content.Patches = append(content.Patches, content.PatchesJson6902...)
		content.PatchesJson6902 = nil
	}
	if len(content.CommonLabels) > 0 && len(content.Configurations) == 0 {
		content.Labels = append(slices.Clone(content.Labels), types.Label{Pairs: content.CommonLabels, IncludeSelectors: true})
		content.CommonLabels = nil
	}
	return content
}

// rendered is the file as kustomize gets it: with the objects' origins, if it is
// the one that is rendered.
func (k *kustomization) rendered(top bool) ([]byte, error) {
	content := k.modern()
	if top {
		content.BuildMetadata = append(slices.Clone(content.BuildMetadata), types.OriginAnnotations)
	}
	return sigsyaml.Marshal(content)
}

// keepsOrigins reports whether the file itself asks for the objects' origins.
func (k *kustomization) keepsOrigins() bool {
	return slices.Contains(k.content.BuildMetadata, types.OriginAnnotations)
}
