package snapshot

import (
	"encoding/json"
	"fmt"
	"strings"

	"holdfast.dev/holdfast/internal/model"
)

// Encode returns the object's body as JSON.
func (o *Object) Encode() ([]byte, error) {
	switch body := o.Body.(type) {
	case JSON:
		return body, nil
	case Undecodable:
		return nil, fmt.Errorf("%s: %w: %s", o.ID, ErrUndecodable, body.Reason)
	case nil:
		return []byte("{}"), nil
	default:
		raw, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", o.ID, err)
		}
		return raw, nil
	}
}

// Resolve turns patches into changes of this snapshot, one per object touched.
// It fails on a patch of an object that is not here or of a field that cannot
// be reached, and then no change is returned.
func (s *Snapshot) Resolve(patches ...model.Patch) ([]Change, error) {
	var order []model.ID
	documents := map[model.ID]*patched{}
	for _, patch := range patches {
		doc, ok := documents[patch.Object.ID]
		if !ok {
			doc = &patched{object: s.Lookup(patch.Object.ID)}
			documents[patch.Object.ID] = doc
			order = append(order, patch.Object.ID)
		}
		if err := doc.apply(patch); err != nil {
			return nil, fmt.Errorf("patch %s: %w", patch.Object.ID, err)
		}
	}
	changes := make([]Change, 0, len(order))
	for _, id := range order {
		change, err := documents[id].change(id)
		if err != nil {
			return nil, fmt.Errorf("patch %s: %w", id, err)
		}
		changes = append(changes, change)
	}
	return changes, nil
}

type patched struct {
	object *Object // nil while the object does not exist
	tree   any
	loaded bool
	gone   bool
}

func (p *patched) apply(patch model.Patch) error {
	if patch.Path == "" {
		return p.applyWhole(patch)
	}
	if err := p.load(); err != nil {
		return err
	}
	segments, err := patch.Path.Segments()
	if err != nil {
		return err
	}
	var value any
	if patch.Op != model.Remove {
		if err := json.Unmarshal(patch.Value, &value); err != nil {
			return fmt.Errorf("value of %s: %w", patch.Path, err)
		}
	}
	p.tree, err = edit(p.tree, segments, patch.Op, value)
	if err != nil {
		return fmt.Errorf("%s: %w", patch.Path, err)
	}
	return nil
}

func (p *patched) applyWhole(patch model.Patch) error {
	if patch.Op == model.Remove {
		p.gone, p.loaded, p.tree = true, true, nil
		return nil
	}
	if p.object == nil {
		p.object = &Object{Ref: patch.Object}
	}
	p.gone, p.loaded = false, true
	return json.Unmarshal(patch.Value, &p.tree)
}

func (p *patched) load() error {
	if p.loaded {
		return nil
	}
	if p.object == nil {
		return fmt.Errorf("no such object")
	}
	raw, err := p.object.Encode()
	if err != nil {
		return err
	}
	p.loaded = true
	if err := json.Unmarshal(raw, &p.tree); err != nil {
		return err
	}
	if p.object.InFile() && p.object.Kind != "Secret" {
		p.tree = written(p.tree, p.object.Origin.Lines)
	}
	return nil
}

// written reduces an object to the fields that its file holds, so that defaults which
// follow from a field (the pull policy from the image) are made anew when it changes.
// Secrets have another shape in a snapshot than in a file and are left as they are.
func written(tree any, lines Lines) any {
	if len(lines) == 0 {
		return tree
	}
	known := make(map[PathHash]bool, len(lines))
	for _, line := range lines {
		known[line.Path] = true
	}
	known[RootPath.Child("metadata").Child("namespace")] = true // taken from the command line
	return prune(tree, RootPath, known)
}

func prune(node any, at PathHash, known map[PathHash]bool) any {
	switch n := node.(type) {
	case map[string]any:
		for key, value := range n {
			if hash := at.Child(key); known[hash] {
				n[key] = prune(value, hash, known)
			} else {
				delete(n, key)
			}
		}
	case []any:
		for i := range n {
			n[i] = prune(n[i], at.Index(i), known)
		}
	}
	return node
}

func (p *patched) change(id model.ID) (Change, error) {
	if p.gone {
		return Change{Delete: &id}, nil
	}
	raw, err := json.Marshal(p.tree)
	if err != nil {
		return Change{}, err
	}
	ref, origin := p.written()
	return Change{Put: &Object{Ref: ref, Origin: origin, Body: JSON(raw)}}, nil
}

// written is where the object stands and under which version, which a patch of
// apiVersion changes.
func (p *patched) written() (model.Ref, *Origin) {
	ref, origin := p.object.Ref, p.object.Origin
	fields, _ := p.tree.(map[string]any)
	apiVersion, _ := fields["apiVersion"].(string)
	if origin == nil || apiVersion == "" || apiVersion == origin.APIVersion {
		return ref, origin
	}
	moved := *origin
	moved.APIVersion = apiVersion
	ref.Version = apiVersion[strings.LastIndexByte(apiVersion, '/')+1:]
	return ref, &moved
}

// edit applies one operation below node and returns the node that replaces it.
func edit(node any, path []model.Segment, op model.Op, value any) (any, error) {
	if len(path) == 0 {
		if op == model.Add {
			list, ok := node.([]any)
			if node != nil && !ok {
				return nil, fmt.Errorf("is no list")
			}
			return append(list, value), nil
		}
		return value, nil
	}
	if path[0].Index >= 0 {
		return editList(node, path, op, value)
	}
	return editMap(node, path, op, value)
}

func editMap(node any, path []model.Segment, op model.Op, value any) (any, error) {
	fields, ok := node.(map[string]any)
	if node != nil && !ok {
		return nil, fmt.Errorf("%q: parent is no map", path[0].Key)
	}
	if fields == nil {
		if op == model.Remove {
			return node, nil
		}
		fields = map[string]any{}
	}
	if op == model.Remove && len(path) == 1 {
		delete(fields, path[0].Key)
		return fields, nil
	}
	child, err := edit(fields[path[0].Key], path[1:], op, value)
	if err != nil {
		return nil, err
	}
	if child != nil {
		fields[path[0].Key] = child
	}
	return fields, nil
}

func editList(node any, path []model.Segment, op model.Op, value any) (any, error) {
	list, ok := node.([]any)
	i := path[0].Index
	if !ok || i >= len(list) {
		return nil, fmt.Errorf("there is no element %d", i)
	}
	if op == model.Remove && len(path) == 1 {
		return append(list[:i:i], list[i+1:]...), nil
	}
	child, err := edit(list[i], path[1:], op, value)
	if err != nil {
		return nil, err
	}
	list[i] = child
	return list, nil
}
