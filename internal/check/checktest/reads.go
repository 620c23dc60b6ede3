package checktest

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/txtar"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// Reads returns the kinds of the API that checks judge, and those that they read
// when every section of their fixtures is taken for a running cluster. dir is
// internal/check. Sorted by group and kind.
func Reads(checks []check.Check, dir string) ([]snapshot.GroupKind, error) {
	r := &reads{table: kinds.NewTable(), all: map[snapshot.GroupKind]bool{}}
	for i := range checks {
		for _, gk := range checks[i].GroupKinds() {
			r.add(gk)
		}
		if err := r.fixture(checks[i], dir); err != nil {
			return nil, err
		}
	}
	return slices.SortedFunc(maps.Keys(r.all), func(a, b snapshot.GroupKind) int {
		return cmp.Or(strings.Compare(a.Group, b.Group), strings.Compare(a.Kind, b.Kind))
	}), nil
}

type reads struct {
	table *kinds.Table
	mutex sync.Mutex
	all   map[snapshot.GroupKind]bool
}

// add leaves out what no API server lists: configuration files, and what Holdfast
// itself makes objects of.
func (r *reads) add(gk snapshot.GroupKind) {
	info := r.table.Find(gk.Group, gk.Kind)
	if gk.Kind == "" || gk.Group == "holdfast.dev" || info != nil && info.ConfigFile() ||
		gk.Group == "kubeadm.k8s.io" || strings.HasSuffix(gk.Group, ".config.k8s.io") {
		return
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.all[gk] = true
}

func (r *reads) fixture(c check.Check, dir string) error {
	archive, err := txtar.ParseFile(filepath.Join(dir, string(c.Layer), strings.ReplaceAll(c.ID, "-", "_")+".txtar"))
	if err != nil {
		return err
	}
	f := &fixture{check: c, comment: string(archive.Comment)}
	for _, section := range archive.Files {
		if section.Name == "want" {
			continue
		}
		settings := snapshot.Settings{Version: Newest(), Live: true}
		if version := setting(f.comment, section.Name, "version"); version != "" {
			if settings.Version, err = snapshot.ParseVersion(version); err != nil {
				return fmt.Errorf("%s: %w", c.ID, err)
			}
		}
		var changes []snapshot.Change
		document.NewDecoder("").Decode(document.Text{File: section.Name, Data: section.Data}, func(change snapshot.Change) {
			if change.Put != nil {
				detector().Redact(change.Put)
			}
			changes = append(changes, change)
		})
		s := snapshot.New(settings, append(changes, everythingListed(changes)...)...)
		check.Run(s, []check.Check{c}, check.Options{Trace: func(_ *check.Check, scope model.Scope) {
			r.add(snapshot.GroupKind{Group: scope.Group, Kind: scope.Kind})
		}})
	}
	return nil
}
