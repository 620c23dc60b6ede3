package document

import (
	"errors"

	"holdfast.dev/holdfast/internal/model"
)

// ErrNotInPlace says that a patch cannot be made an edit of the text.
var ErrNotInPlace = errors.New("cannot be edited in place")

// Edits turns the patches of one object into edits of the text that holds it. doc
// is the document, line the line of the object in file, as Origin has them.
func Edits(doc []byte, line int, file string, patches []model.Patch) ([]model.Edit, error) {
	return nil, ErrNotInPlace
}
