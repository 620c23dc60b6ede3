package workload

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// asSupplied reports whether every object of a kind that could excuse what is
// written in a workload is known. It is for findings that stand on the workload
// itself: of files, a kind that nobody supplied excuses nothing, as long as nothing
// of it went unread; in a running cluster it must have been listed.
func asSupplied(c *check.Case, group, kind, namespace string) bool {
	scope := model.Scope{Group: group, Kind: kind, Namespace: namespace}
	if c.Settings().Live {
		return c.Complete(scope)
	}
	return !c.Unread(scope)
}

// written reports whether a field stands in the object as it was supplied, rather
// than being the API's default. Of a running cluster nobody can tell.
func written(object *snapshot.Object, path model.Path) bool {
	return !object.InFile() || object.Origin.Lines.Has(path)
}

// ifWritten is value, or nil for a field that was not written.
func ifWritten(object *snapshot.Object, path model.Path, value any) any {
	if written(object, path) {
		return value
	}
	return nil
}
