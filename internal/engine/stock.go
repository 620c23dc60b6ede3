package engine

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"sigs.k8s.io/yaml"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

//go:embed stock.yaml
var stockFile []byte

// Stock are the exceptions that Holdfast itself carries: system components as
// their projects publish them, whose operator cannot act on what fails. Each is
// listed in every report, under its reason.
type stock []stockEntry

type stockEntry struct {
	Component string   `json:"component"`
	Source    string   `json:"source"` // where and in which version it was looked at
	Objects   []string `json:"objects"`
	Images    []string `json:"images,omitempty"` // repositories, one of which every container must come from
	Controls  []string `json:"controls"`
	Reason    string   `json:"reason"`
}

var stockExceptions = sync.OnceValue(func() stock {
	var entries stock
	if err := yaml.UnmarshalStrict(stockFile, &entries); err != nil {
		panic("stock.yaml: " + err.Error())
	}
	return entries
})

func (s stock) match(snap *snapshot.Snapshot, f *model.Finding) *model.Exception {
	for i := range s {
		entry := &s[i]
		if slices.Contains(entry.Controls, f.Control) && entry.covers(f.Object.ID.String()) && entry.genuine(snap, f.Object.ID) {
			return &model.Exception{Owner: entry.Component, Reason: entry.Reason, Source: "built-in"}
		}
	}
	return nil
}

func (e *stockEntry) covers(object string) bool {
	return slices.ContainsFunc(e.Objects, func(pattern string) bool { return matches(pattern, object) })
}

// genuine demands the component's own image, so that a workload cannot hide by
// taking its name.
func (e *stockEntry) genuine(snap *snapshot.Snapshot, id model.ID) bool {
	if len(e.Images) == 0 {
		return true
	}
	object := snap.Lookup(id)
	if object == nil {
		return false
	}
	w := workload.Template(object)
	if w == nil {
		return false
	}
	for _, c := range w.Containers {
		if !slices.ContainsFunc(e.Images, func(repository string) bool { return matches(repository, repositoryOf(c.Image)) }) {
			return false
		}
	}
	return true
}

func repositoryOf(image string) string {
	image, _, _ = strings.Cut(image, "@")
	if slash := strings.LastIndexByte(image, '/'); strings.LastIndexByte(image, ':') > slash {
		image = image[:strings.LastIndexByte(image, ':')]
	}
	return image
}
