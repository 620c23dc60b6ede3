package manifest

import (
	"context"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/resource"
	sigsyaml "sigs.k8s.io/yaml"

	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
)

// place is where a rendered object comes from.
type place struct {
	file string
	line int
	base *snapshot.Object // as it is written there; nil when it is generated
}

// place finds the source of a rendered object by the origin that kustomize noted.
func (z *kustomizer) place(ctx context.Context, c *closure, origin *resource.Origin, rendered *resource.Resource) place {
	switch {
	case origin == nil:
		return place{file: c.top.file}
	case origin.Repo != "":
		return place{file: origin.Repo + "/" + origin.Path}
	case origin.ConfiguredIn != "":
		return c.generated(origin, rendered)
	}
	file := filepath.Join(c.top.dir, filepath.FromSlash(origin.Path))
	base := closest(z.objects(ctx, file), rendered)
	if base == nil {
		return place{file: file}
	}
	return place{file: file, line: base.Origin.Line, base: base}
}

// generated finds the entry that generates an object.
func (c *closure) generated(origin *resource.Origin, rendered *resource.Resource) place {
	file := filepath.Join(c.top.dir, filepath.FromSlash(origin.ConfiguredIn))
	for _, k := range c.all {
		if realPath(k.file) != realPath(file) {
			continue
		}
		best := ""
		for _, args := range k.content.ConfigMapGenerator {
			best = longer(best, args.Name, rendered.GetName())
		}
		for _, args := range k.content.SecretGenerator {
			best = longer(best, args.Name, rendered.GetName())
		}
		return place{file: k.file, line: k.lines[best]}
	}
	return place{file: file}
}

// longer returns name if it is longer than best and part of the whole.
func longer(best, name, whole string) string {
	if len(name) > len(best) && strings.Contains(whole, name) {
		return name
	}
	return best
}

// objects are the objects of a source file, read once.
func (z *kustomizer) objects(ctx context.Context, file string) []*snapshot.Object {
	if known, ok := z.bases[file]; ok {
		return known
	}
	var objects []*snapshot.Object
	if data, err := readRegular(ctx, file, z.source.options.MaxFileBytes); err == nil {
		if z.decoder == nil {
			z.decoder = document.NewDecoder(z.source.options.Namespace) // that keeps texts
		}
		z.decoder.Decode(document.Text{File: file, Data: data, Editable: true, Done: ctx.Done()}, func(change snapshot.Change) {
			if change.Put != nil {
				objects = append(objects, change.Put)
			}
		})
	}
	z.bases[file] = objects
	return objects
}

// closest finds a rendered object among those of its file: of the same kind and,
// if there are several, of the name that kustomize made its name of.
func closest(objects []*snapshot.Object, rendered *resource.Resource) *snapshot.Object {
	var best *snapshot.Object
	gvk := rendered.GetGvk()
	for _, object := range objects {
		group, _, found := strings.Cut(object.Origin.APIVersion, "/")
		if !found {
			group = ""
		}
		if object.Kind != gvk.Kind || group != gvk.Group {
			continue
		}
		if object.Name == rendered.GetName() {
			return object
		}
		if best == nil || longer(best.Name, object.Name, rendered.GetName()) == object.Name {
			best = object
		}
	}
	return best
}

// trace gives an object the lines that its fields have in the source. A field that
// only kustomize knows has the line of the nearest field around it.
func (p place) trace(object *snapshot.Object, rendered []byte) {
	object.Origin.Lines = nil
	if p.base == nil {
		return
	}
	var got, source any
	doc := p.base.Origin.Doc
	if len(doc) == 0 || sigsyaml.Unmarshal(rendered, &got) != nil || sigsyaml.Unmarshal(doc, &source) != nil {
		object.Origin.Lines = p.base.Origin.Lines
		return
	}
	if items, ok := source.([]any); ok && len(items) == 1 {
		source = items[0] // an item of a List
	}
	lines := make(map[snapshot.PathHash]int32, len(p.base.Origin.Lines))
	for _, field := range p.base.Origin.Lines {
		lines[field.Path] = field.Line
	}
	t := tracing{lines: lines}
	t.value(got, source, snapshot.RootPath, snapshot.RootPath)
	t.found.Arrange()
	object.Origin.Lines = t.found
}

// tracing walks a rendered object and its source side by side.
type tracing struct {
	lines map[snapshot.PathHash]int32 // of the source
	found snapshot.Lines              // of the rendered object
}

func (t *tracing) value(got, source any, at, from snapshot.PathHash) {
	if line, ok := t.lines[from]; ok && line > 0 {
		t.found = append(t.found, snapshot.FieldLine{Path: at, Line: line})
	}
	switch got := got.(type) {
	case map[string]any:
		fields, _ := source.(map[string]any)
		for _, key := range sortedKeys(got) {
			if value, ok := fields[key]; ok {
				t.value(got[key], value, at.Child(key), from.Child(key))
			}
		}
	case []any:
		items, _ := source.([]any)
		for i, item := range got {
			if j := counterpart(item, i, len(got), items); j >= 0 {
				t.value(item, items[j], at.Index(i), from.Index(j))
			}
		}
	}
}

// counterpart finds an element of a list in the list that it was made of: by
// name, by being equal, or by its place in a list of the same length.
func counterpart(item any, i, length int, source []any) int {
	if fields, ok := item.(map[string]any); ok && fields["name"] != nil {
		return slices.IndexFunc(source, func(each any) bool {
			other, _ := each.(map[string]any)
			return other != nil && other["name"] == fields["name"]
		})
	}
	if j := slices.IndexFunc(source, func(each any) bool { return reflect.DeepEqual(each, item) }); j >= 0 {
		return j
	}
	if length == len(source) {
		return i
	}
	return -1
}
