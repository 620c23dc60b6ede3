package manifest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"holdfast.dev/holdfast/internal/model"
)

func makePipe(name string) error { return syscall.Mkfifo(name, 0o644) }

// pack makes a chart archive of a folder.
func pack(t *testing.T, dir string) []byte {
	t.Helper()
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	archive := tar.NewWriter(zipped)
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(filepath.Dir(dir), path)
		if err != nil {
			return err
		}
		if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(data))}); err != nil {
			return err
		}
		_, err = archive.Write(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// leaves lists the paths of all scalars of an object.
func leaves(t *testing.T, raw []byte) []model.Path {
	t.Helper()
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		t.Fatal(err)
	}
	var paths []model.Path
	var walk func(any, model.Path)
	walk = func(value any, path model.Path) {
		switch node := value.(type) {
		case map[string]any:
			for key, child := range node {
				walk(child, path.Child(key))
			}
		case []any:
			for i, child := range node {
				walk(child, path.Index(i))
			}
		case nil:
		default:
			paths = append(paths, path)
		}
	}
	walk(tree, "")
	slices.Sort(paths)
	return paths
}
