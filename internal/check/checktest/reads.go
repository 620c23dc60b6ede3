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

	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/document"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// Reads returns the kinds of the API that checks judge, and those that they and the
// techniques of attack read when every section of their fixtures is taken for a
// running cluster. dir is internal/check. Sorted by group and kind.
func Reads(checks []check.Check, techniques []attack.Technique, dir string) ([]snapshot.GroupKind, error) {
	r := &reads{table: kinds.NewTable(), all: map[snapshot.GroupKind]bool{}}
	for i := range checks {
		for _, gk := range checks[i].GroupKinds() {
			r.add(gk)
		}
		c := checks[i]
		file := filepath.Join(dir, string(c.Layer), FixtureName(c.ID))
		err := r.fixture(file, func(s *snapshot.Snapshot) {
			check.Run(s, []check.Check{c}, check.Options{Trace: func(_ *check.Check, scope model.Scope) { r.scope(scope) }})
		})
		if err != nil {
			return nil, err
		}
	}
	for i := range techniques {
		file := filepath.Join(dir, "..", "attack", "techniques", FixtureName(techniques[i].ID))
		err := r.fixture(file, func(s *snapshot.Snapshot) { techniques[i].Steps(s.View().Trace(r.scope), func(model.Step) {}) })
		if err != nil {
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

func (r *reads) scope(scope model.Scope) {
	r.add(snapshot.GroupKind{Group: scope.Group, Kind: scope.Kind})
}

// fixture runs something on each section.
func (r *reads) fixture(file string, run func(*snapshot.Snapshot)) error {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		return err
	}
	for _, section := range archive.Files {
		if section.Name == "want" {
			continue
		}
		settings := snapshot.Settings{Version: Newest(), Live: true}
		if version := setting(string(archive.Comment), section.Name, "version"); version != "" {
			if settings.Version, err = snapshot.ParseVersion(version); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
		}
		var changes []snapshot.Change
		document.NewDecoder("").Decode(document.Text{File: section.Name, Data: section.Data}, func(change snapshot.Change) {
			if change.Put != nil {
				detector().Redact(change.Put)
			}
			changes = append(changes, change)
		})
		run(snapshot.New(settings, append(changes, everythingListed(changes)...)...))
	}
	return nil
}
