package report

import (
	"cmp"
	"strings"

	"holdfast.dev/holdfast/internal/model"
)

// result writes one finding. An excepted one is there too, suppressed, so that a
// code scanning service closes it as accepted and not as fixed.
func (s sarif) result(f *model.Finding, excepted bool) {
	s.object()
	s.str("ruleId", f.Control)
	s.num("ruleIndex", s.rules[f.Control])
	s.str("level", sarifLevel(f.Severity))
	s.message("message", cmp.Or(f.Message, s.scan.control(f.Control).Title))
	s.key("locations")
	s.list()
	s.object()
	s.primary(f)
	s.logical(f.Object)
	s.end()
	s.end()
	s.related(f)
	s.key("partialFingerprints")
	s.object()
	s.str(fingerprint1, f.Fingerprint())
	s.end()
	if excepted {
		s.suppression(f.Exception)
	}
	s.sarifFixes(f.Fixes)
	s.key("properties")
	s.object()
	s.str("severity", f.Severity.String())
	s.strIf("key", f.Key)
	s.end()
	s.end()
}

// primary is where the finding is written, or the synthetic artifact of an object
// that is in no file.
func (s sarif) primary(f *model.Finding) {
	if file, line := place(f); file != "" {
		s.physical(file, line)
		return
	}
	s.synthetic(f.Object.ID)
}

// synthetic writes the member physicalLocation of an object that is in no file.
func (s sarif) synthetic(id model.ID) {
	s.key("physicalLocation")
	s.object()
	s.key("artifactLocation")
	s.object()
	s.str("uri", syntheticURI(id))
	s.str("uriBaseId", sourceRoot)
	s.end()
	s.key("properties")
	s.object()
	s.flag("synthetic", true)
	s.end()
	s.end()
}

// syntheticURI names a live object as if it were a file: below cluster/, or
// clusters/NAME/ where several are looked at; then the namespace, the kind with
// its group, and the name. A cluster-scoped object has no namespace segment.
func syntheticURI(id model.ID) string {
	segments := []string{"cluster"}
	if id.Cluster != "" {
		segments = []string{"clusters", id.Cluster}
	}
	if id.Namespace != "" {
		segments = append(segments, id.Namespace)
	}
	kind := id.Kind
	if id.Group != "" {
		kind += "." + id.Group
	}
	segments = append(segments, kind, id.Name)
	for i, segment := range segments {
		segments[i] = strings.ReplaceAll(escapePath(segment), "/", "%2F")
	}
	return strings.Join(segments, "/")
}

func (s sarif) logical(ref model.Ref) {
	s.key("logicalLocations")
	s.list()
	s.object()
	s.str("name", ref.Name)
	s.str("fullyQualifiedName", ref.ID.String())
	s.str("kind", "resource")
	s.end()
	s.end()
}

// related names the evidence beyond the place of the result.
func (s sarif) related(f *model.Finding) {
	if len(f.Evidence) == 0 {
		return
	}
	s.key("relatedLocations")
	s.list()
	for i := range f.Evidence {
		e := &f.Evidence[i]
		s.object()
		s.num("id", i+1)
		if e.File != "" {
			s.physical(e.File, e.Line)
		} else {
			s.synthetic(e.Object.ID)
		}
		s.logical(e.Object)
		s.message("message", evidenceText(e))
		s.end()
	}
	s.end()
}

// evidenceText is a field and its value as one line of prose.
func evidenceText(e *model.Evidence) string {
	switch {
	case e.Path == "":
		return cmp.Or(e.Value, e.Object.String())
	case e.Value == "":
		return string(e.Path) + " is not set"
	default:
		return string(e.Path) + " = " + e.Value
	}
}

func (s sarif) suppression(x *model.Exception) {
	s.key("suppressions")
	s.list()
	s.object()
	s.str("kind", "external")
	s.str("status", "accepted")
	if x != nil {
		text := x.Reason
		if x.Owner != "" {
			text += " (" + x.Owner + ")"
		}
		if !x.Expires.IsZero() {
			text += ", until " + x.Expires.UTC().Format("2006-01-02")
		}
		s.str("justification", text)
	}
	s.end()
	s.end()
}

// sarifFixes writes the fixes that are edits of files; SARIF knows no others.
func (s sarif) sarifFixes(fixes []model.Fix) {
	open := false
	for i := range fixes {
		if len(fixes[i].Edits) == 0 {
			continue
		}
		if !open {
			s.key("fixes")
			s.list()
			open = true
		}
		s.object()
		s.message("description", cmp.Or(fixes[i].Title, "Fix"))
		s.key("artifactChanges")
		s.list()
		s.changes(fixes[i].Edits)
		s.end()
		s.end()
	}
	if open {
		s.end()
	}
}

// changes writes one artifactChange for each file, in the order of the edits.
func (s sarif) changes(edits []model.Edit) {
	for i, edit := range edits {
		first := true
		for _, before := range edits[:i] {
			first = first && before.File != edit.File
		}
		if !first {
			continue
		}
		s.object()
		s.artifact(edit.File)
		s.key("replacements")
		s.list()
		for _, other := range edits[i:] {
			if other.File == edit.File {
				s.replacement(other)
			}
		}
		s.end()
		s.end()
	}
}

func (s sarif) replacement(edit model.Edit) {
	s.object()
	s.key("deletedRegion")
	s.object()
	s.num("startLine", max(1, edit.StartLine))
	s.num("startColumn", max(1, edit.StartColumn))
	s.num("endLine", max(1, edit.EndLine))
	s.num("endColumn", max(1, edit.EndColumn))
	s.end()
	s.message("insertedContent", edit.Text)
	s.end()
}
