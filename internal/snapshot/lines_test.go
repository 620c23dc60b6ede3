package snapshot

import (
	"fmt"
	"testing"

	"holdfast.dev/holdfast/internal/model"
)

// Small and large Lines answer alike: the first line of a path that is written
// twice, and the nearest ancestor of one that is not.
func TestLines(t *testing.T) {
	for _, size := range []int{10, 2 * large} {
		lines := Lines{{Path: RootPath, Line: 1}, {Path: RootPath.Child("list"), Line: 2}}
		for i := range size {
			lines = append(lines, FieldLine{Path: RootPath.Child("list").Index(i), Line: int32(i + 3)})
		}
		lines = append(lines, FieldLine{Path: RootPath.Child("list"), Line: 9000})
		lines.Arrange()
		for path, want := range map[string]int{"": 1, "list": 2, "list[7]": 10, "list[7].name": 10, "other": 1, fmt.Sprintf("list[%d]", size-1): size + 2, "list[99999]": 2} {
			if got := lines.Find(model.Path(path)); got != want {
				t.Errorf("%d fields: %q is on line %d, want %d", size, path, got, want)
			}
		}
		if !lines.Has("list[7]") || lines.Has("list[7].name") {
			t.Errorf("%d fields: Has is wrong", size)
		}
	}
}
