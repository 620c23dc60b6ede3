package engine

import (
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
)

// editing is the part of a fix that changes one object.
type editing struct {
	fix     *model.Fix
	at      int // among the objects that the fix changes
	patches []model.Patch
}

// addEdits adds to each fix the same change as edits of the files that the objects
// stand in, where those can be edited. It goes object by object, so that each text is
// read once, and only one is kept.
func addEdits(s *snapshot.Snapshot, findings []model.Finding) {
	finder := finder{snapshot: s, found: map[place]*snapshot.Object{}}
	var order []*snapshot.Object
	work := map[*snapshot.Object][]editing{}
	parts := map[*model.Fix][][]model.Edit{} // of the fixes that change objects which can be edited
	for i := range findings {
		for j := range findings[i].Fixes {
			fix := &findings[i].Fixes[j]
			fix.Edits = nil
			groups := byObject(fix.Patches)
			objects := finder.editable(&findings[i], groups)
			if objects == nil {
				continue
			}
			parts[fix] = make([][]model.Edit, len(groups))
			for k, object := range objects {
				if work[object] == nil {
					order = append(order, object)
				}
				work[object] = append(work[object], editing{fix: fix, at: k, patches: groups[k]})
			}
		}
	}
	for _, object := range order {
		editor := document.NewEditor(object.Origin.Doc, object.Origin.Line, object.Origin.File)
		for _, e := range work[object] {
			if parts[e.fix] == nil {
				continue
			}
			edits, err := editor.Edits(e.patches)
			if err != nil {
				delete(parts, e.fix) // what cannot be edited in place is still in Patches
				continue
			}
			parts[e.fix][e.at] = edits
		}
	}
	for fix, edits := range parts {
		for _, some := range edits {
			fix.Edits = append(fix.Edits, some...)
		}
	}
}

// place is an object as one file defines it.
type place struct {
	id   model.ID
	file string
}

// finder finds the objects that findings speak of.
type finder struct {
	snapshot *snapshot.Snapshot
	found    map[place]*snapshot.Object
}

// editable returns the object of each group; nil if one of them cannot be edited.
func (f *finder) editable(finding *model.Finding, groups [][]model.Patch) []*snapshot.Object {
	var objects []*snapshot.Object
	for _, group := range groups {
		object := f.written(finding, group[0].Object.ID)
		if object == nil || object.Origin == nil || !object.Origin.Editable || len(object.Origin.Doc) == 0 {
			return nil
		}
		objects = append(objects, object)
	}
	return objects
}

// written finds the object that a finding speaks of: where several files define
// it, the one that the evidence stands in.
func (f *finder) written(finding *model.Finding, id model.ID) *snapshot.Object {
	if len(finding.Evidence) == 0 {
		return f.snapshot.Lookup(id)
	}
	at := place{id, finding.Evidence[0].File}
	object, ok := f.found[at]
	if !ok {
		object = f.in(at)
		f.found[at] = object
	}
	return object
}

func (f *finder) in(at place) *snapshot.Object {
	for _, object := range f.snapshot.Objects(snapshot.GroupKind{Group: at.id.Group, Kind: at.id.Kind}) {
		if object.ID == at.id && object.Origin != nil && object.Origin.File == at.file {
			return object
		}
	}
	return f.snapshot.Lookup(at.id)
}

func byObject(patches []model.Patch) [][]model.Patch {
	var groups [][]model.Patch
	index := map[model.ID]int{}
	for _, patch := range patches {
		i, ok := index[patch.Object.ID]
		if !ok {
			i = len(groups)
			index[patch.Object.ID] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], patch)
	}
	return groups
}
