package manifest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
)

// kustomizer renders the kustomizations of one reading.
type kustomizer struct {
	source *Source
	// kustomize keeps its schema in a global variable: one rendering at a time.
	turn   sync.Mutex
	byReal map[string]*kustomization
	said   map[model.Gap]bool // gaps that a rendering tells already
	// The objects of source files, for their lines.
	decoder *document.Decoder
	bases   map[string][]*snapshot.Object
}

func newKustomizer(s *Source) *kustomizer {
	return &kustomizer{source: s, byReal: map[string]*kustomization{}, said: map[model.Gap]bool{}, bases: map[string][]*snapshot.Object{}}
}

// load reads the kustomization of a folder once; nil if there is none.
func (z *kustomizer) load(ctx context.Context, dir string) *kustomization {
	real := realPath(dir)
	if known, ok := z.byReal[real]; ok {
		return known
	}
	var k *kustomization
	if hasKustomization(real) {
		k = z.source.readKustomization(ctx, dir)
	}
	z.byReal[real] = k
	return k
}

func hasKustomization(dir string) bool {
	return slices.ContainsFunc(kustomizationFiles(), func(name string) bool {
		info, err := os.Stat(filepath.Join(dir, name))
		return err == nil && !info.IsDir()
	})
}

// realPath is a path without symbolic links, or as good as can be had.
func realPath(path string) string {
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// closure is a kustomization with everything that it uses.
type closure struct {
	top   *kustomization
	all   []*kustomization // the top first
	files map[string]use   // real paths
	gaps  []model.Gap      // that no rendering before this one tells
}

// closure follows the references of a kustomization.
func (z *kustomizer) closure(ctx context.Context, top *kustomization) *closure {
	c := &closure{top: top, files: map[string]use{}}
	z.follow(ctx, c, top, false, map[string]bool{})
	return c
}

// tell makes a closure tell the gaps of its parts, if none did before.
func (z *kustomizer) tell(c *closure) {
	for _, k := range c.all {
		for _, gap := range k.gaps {
			if !z.said[gap] {
				z.said[gap] = true
				c.gaps = append(c.gaps, gap)
			}
		}
	}
}

// follow adds a kustomization to a closure. plugin says that its objects configure
// plugins.
func (z *kustomizer) follow(ctx context.Context, c *closure, k *kustomization, plugin bool, seen map[string]bool) {
	if k == nil || k.foreign || seen[realPath(k.dir)] {
		return
	}
	seen[realPath(k.dir)] = true
	c.all = append(c.all, k)
	for _, name := range kustomizationFiles() {
		c.files[realPath(filepath.Join(k.dir, name))] = useData
	}
	for _, ref := range k.refs {
		if ref.inline() || isRemote(ref.path) {
			continue
		}
		path := k.join(ref.path)
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			z.follow(ctx, c, z.load(ctx, path), plugin || ref.use == usePlugin, seen)
			continue
		}
		c.files[realPath(path)] = ref.use
		if plugin && ref.use == useResource {
			k.checkPlugin(ctx, z.source, ref)
		}
	}
}

// read renders a kustomization and reads what comes out.
func (z *kustomizer) read(ctx context.Context, c *closure) (changes []snapshot.Change) {
	z.turn.Lock()
	defer z.turn.Unlock()
	defer func() {
		if r := recover(); r != nil {
			changes = append(changes, gapChange(model.Gap{File: c.top.file, Reason: oneLine(fmt.Sprintf("the kustomization cannot be rendered: %v", r))}))
		}
	}()
	stopped, whole := false, true
	for _, k := range c.all {
		stopped = stopped || k.stopped
		whole = whole && len(k.gaps) == 0
	}
	for _, gap := range c.gaps {
		changes = append(changes, gapChange(gap))
	}
	if stopped || ctx.Err() != nil {
		return changes
	}
	objects, err := z.render(ctx, c)
	if err != nil {
		if whole { // otherwise it may well fail for want of what was not fetched
			changes = append(changes, gapChange(c.failed(err)))
			changes = append(changes, z.broken(ctx, c)...)
		}
		return changes
	}
	for _, object := range objects.Resources() {
		changes = append(changes, z.object(ctx, c, object)...)
	}
	if len(changes) == 0 {
		changes = append(changes, gapChange(model.Gap{File: c.top.file, Reason: "the kustomization renders no object", Skipped: true}))
	}
	return changes
}

// render runs kustomize.
func (z *kustomizer) render(ctx context.Context, c *closure) (resmap.ResMap, error) {
	disk := &disk{
		FileSystem: filesys.MakeFsOnDisk(), ctx: ctx, limit: z.source.options.MaxFileBytes,
		remote: z.source.options.AllowRemote, overlay: map[string][]byte{}, uses: c.files,
	}
	for _, k := range c.all {
		data, err := k.rendered(k == c.top)
		if err != nil {
			return nil, err
		}
		disk.overlay[realPath(k.file)] = data
	}
	options := krusty.MakeDefaultOptions()
	options.LoadRestrictions = types.LoadRestrictionsRootOnly
	options.PluginConfig = types.DisabledPluginConfig()
	if c.top.content.SortOptions != nil {
		options.Reorder = krusty.ReorderOptionUnspecified // or kustomize logs that both are set
	}
	return krusty.MakeKustomizer(options).Run(disk, realPath(c.top.dir))
}

// failed words the error of kustomize, at the entry that it is about.
func (c *closure) failed(err error) model.Gap {
	message := err.Error()
	for _, k := range slices.Backward(c.all) {
		message = strings.ReplaceAll(message, realPath(k.dir), k.dir)
	}
	gap := model.Gap{File: c.top.file, Reason: "the kustomization cannot be rendered: " + oneLine(message)}
	for _, k := range c.all {
		for _, ref := range k.refs {
			if strings.Contains(message, "'"+ref.path+"'") {
				gap.File, gap.Line = k.file, k.lines[ref.path]
			}
		}
	}
	return gap
}

// broken says what is wrong with the files that a failed kustomization uses.
func (z *kustomizer) broken(ctx context.Context, c *closure) []snapshot.Change {
	var gaps []snapshot.Change
	for _, k := range c.all {
		for _, ref := range k.refs {
			path := k.join(ref.path)
			if ref.use != useResource || ref.inline() || isRemote(ref.path) {
				continue
			}
			data, err := readRegular(ctx, path, z.source.options.MaxFileBytes)
			if err != nil {
				continue // a folder
			}
			for _, change := range z.source.decode(ctx, document.Text{File: path, Data: data, Rendered: true}) {
				if change.Gap != nil && change.Gap.Hides() {
					gaps = append(gaps, change)
				}
			}
		}
	}
	return gaps
}

// disk is the file system that kustomize sees: the real one, but with the
// kustomizations as they were checked, and no file that is none.
type disk struct {
	filesys.FileSystem
	ctx     context.Context // of the one rendering that it serves
	limit   int64
	remote  bool // kustomizations may be fetched
	overlay map[string][]byte
	uses    map[string]use
}

func (d *disk) ReadFile(path string) ([]byte, error) {
	if data, ok := d.overlay[path]; ok {
		return data, nil
	}
	if isKustomizationFile(filepath.Base(path)) && !d.remote {
		return nil, fmt.Errorf("%s: a kustomization that was not looked at", path)
	}
	data, err := readRegular(d.ctx, path, d.limit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if d.uses[path] == useEnv {
		data = withoutEnvironment(data)
	}
	return data, nil
}

// withoutEnvironment gives the variables of a file that have no value the empty
// one: kustomize would take it from the environment of this process.
func withoutEnvironment(data []byte) []byte {
	lines := bytes.Split(data, []byte("\n"))
	for i, line := range lines {
		trimmed := bytes.TrimSpace(line)
		if len(trimmed) > 0 && trimmed[0] != '#' && bytes.IndexByte(trimmed, '=') < 0 {
			lines[i] = append(slices.Clone(trimmed), '=')
		}
	}
	return bytes.Join(lines, []byte("\n"))
}

// Nothing is written.
var errReadOnly = errors.New("kustomize is not to write")

func (d *disk) Create(string) (filesys.File, error)    { return nil, errReadOnly }
func (d *disk) WriteFile(string, []byte) error         { return errReadOnly }
func (d *disk) Open(path string) (filesys.File, error) { return nil, errReadOnly }

// object decodes one rendered object and finds where it comes from.
func (z *kustomizer) object(ctx context.Context, c *closure, rendered *resource.Resource) []snapshot.Change {
	origin, _ := rendered.GetOrigin()
	if !c.top.keepsOrigins() {
		if err := rendered.SetOrigin(nil); err != nil {
			return []snapshot.Change{gapChange(model.Gap{File: c.top.file, Reason: err.Error()})}
		}
	}
	data, err := rendered.AsYAML()
	if err != nil {
		return []snapshot.Change{gapChange(model.Gap{File: c.top.file, Reason: oneLine(err.Error())})}
	}
	place := z.place(ctx, c, origin, rendered)
	changes := z.source.decode(ctx, document.Text{
		File: place.file, Data: data, Asked: true, Rendered: true, LineOf: func(int) int { return place.line },
	})
	for _, change := range changes {
		if change.Put != nil {
			place.trace(change.Put, data)
		}
	}
	return changes
}
