package check

import (
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// IfWritten is value, or nil where a file shows that nobody wrote the field and the
// value is the API's default. Of an object that no file holds nobody can tell.
func IfWritten(object *snapshot.Object, path model.Path, value any) any {
	if object.Origin != nil && !object.Origin.Lines.Has(path) {
		return nil
	}
	return value
}
