package engine

import (
	_ "embed"
	"fmt"
	"path"
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

// stock are the exceptions that Holdfast itself carries: for system components as
// their projects publish them, whose operator cannot act on what fails. Each is
// listed in every report, under its reason.
type stock []stockComponent

// stockComponent is one component and what is excepted of it. A finding is excepted
// only when all of it holds: the object's name, the images, the programs, and one
// of the covers.
type stockComponent struct {
	Component string   `json:"component"`
	Source    string   `json:"source"` // where and in which version it was looked at
	Reason    string   `json:"reason"`
	Objects   []string `json:"objects"`            // patterns of IDs, as in exceptions
	Images    []string `json:"images,omitempty"`   // repositories, one of which every container must come from; none for what has no containers
	Programs  []string `json:"programs,omitempty"` // what a container may name as its command; without a command the image decides
	Covers    []cover  `json:"covers"`
}

// cover is what a component needs: controls, narrowed to what they may find.
type cover struct {
	Controls []string        `json:"controls"`
	Keys     []string        `json:"keys,omitempty"`   // patterns of the finding's key: containers, mostly
	Values   []string        `json:"values,omitempty"` // patterns of the first evidence: paths of the node, mostly
	Most     *model.Severity `json:"most,omitempty"`   // the worst that is covered; anything when absent
}

// stockData is stock.yaml. Registries are named lists that images refer to as
// {name}/repository.
type stockData struct {
	Registries map[string][]string `json:"registries"`
	Components stock               `json:"components"`
}

var stockExceptions = sync.OnceValue(func() stock {
	components, err := parseStock(stockFile)
	if err != nil {
		panic("stock.yaml: " + err.Error())
	}
	return components
})

func parseStock(file []byte) (stock, error) {
	var data stockData
	if err := yaml.UnmarshalStrict(file, &data); err != nil {
		return nil, err
	}
	for i := range data.Components {
		c := &data.Components[i]
		var images []string
		for _, image := range c.Images {
			name, repository, ok := strings.Cut(strings.TrimPrefix(image, "{"), "}")
			if !ok {
				images = append(images, image)
				continue
			}
			if len(data.Registries[name]) == 0 {
				return nil, fmt.Errorf("%s: there are no registries %q", c.Component, name)
			}
			for _, registry := range data.Registries[name] {
				images = append(images, registry+repository)
			}
		}
		c.Images = images
	}
	return data.Components, nil
}

// byControl are the components that have something excepted of each control, in
// their order: of most findings there are none.
func (s stock) byControl() map[string]stock {
	found := map[string]stock{}
	for _, c := range s {
		controls := map[string]bool{}
		for i := range c.Covers {
			for _, control := range c.Covers[i].Controls {
				controls[control] = true
			}
		}
		for control := range controls {
			found[control] = append(found[control], c)
		}
	}
	return found
}

func (s stock) match(snap *snapshot.Snapshot, f *model.Finding) *model.Exception {
	for i := range s {
		c := &s[i]
		if c.covers(f) && c.names(f.Object.ID) && c.genuine(snap, f.Object.ID) {
			return &model.Exception{Owner: c.Component, Reason: c.Reason, Source: "built-in"}
		}
	}
	return nil
}

func (c *stockComponent) names(id model.ID) bool {
	id.Cluster = ""
	return anyMatches(c.Objects, id.String())
}

func (c *stockComponent) covers(f *model.Finding) bool {
	return slices.ContainsFunc(c.Covers, func(need cover) bool { return need.holds(f) })
}

func (c *cover) holds(f *model.Finding) bool {
	if !slices.Contains(c.Controls, f.Control) || len(c.Keys) > 0 && !anyMatches(c.Keys, f.Key) || c.Most != nil && f.Severity > *c.Most {
		return false
	}
	if len(f.Evidence) == 0 {
		return len(c.Values) == 0
	}
	// Evidence on another object is of a container that was injected into a running
	// pod: nobody published that.
	first := &f.Evidence[0]
	if first.Object.ID != f.Object.ID {
		return false
	}
	value := first.Value
	if strings.HasPrefix(value, "/") {
		value = path.Clean(value)
	}
	return len(c.Values) == 0 || anyMatches(c.Values, value)
}

// genuine demands the component's own images and programs, so that a workload
// cannot hide by taking its name. Where several files define the object, all of
// them must be genuine.
func (c *stockComponent) genuine(snap *snapshot.Snapshot, id model.ID) bool {
	found := false
	for _, object := range snap.Objects(snapshot.GroupKind{Group: id.Group, Kind: id.Kind}) {
		if object.ID == id {
			if found = true; !c.published(object) {
				return false
			}
		}
	}
	return found
}

// published reports whether every container of a workload is the component's. Of
// what has no containers the name must do.
func (c *stockComponent) published(object *snapshot.Object) bool {
	if !workload.Is(snapshot.GroupKind{Group: object.Group, Kind: object.Kind}) {
		return len(c.Images) == 0
	}
	w := workload.Template(object)
	if w == nil || len(w.Containers) == 0 {
		return false
	}
	for _, container := range w.Containers {
		repository := repositoryOf(container.Image)
		if !slices.ContainsFunc(c.Images, func(pattern string) bool { return sameRepository(pattern, repository) }) {
			return false
		}
		if len(container.Command) > 0 && !slices.Contains(c.Programs, container.Command[0]) {
			return false
		}
	}
	return true
}

func anyMatches(patterns []string, text string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return matches(pattern, text) })
}

// repositoryOf is what an image reference names, in full: with the registry that
// container runtimes add, and without tag and digest.
func repositoryOf(image string) string {
	image, _, _ = strings.Cut(image, "@")
	if slash := strings.LastIndexByte(image, '/'); strings.LastIndexByte(image, ':') > slash {
		image = image[:strings.LastIndexByte(image, ':')]
	}
	first, rest, ok := strings.Cut(image, "/")
	switch {
	case !ok:
		return "docker.io/library/" + image
	case first == "index.docker.io":
		return "docker.io/" + rest
	case !strings.ContainsAny(first, ".:") && first != "localhost":
		return "docker.io/" + image
	default:
		return image
	}
}

// sameRepository compares a pattern with a repository. A * stands for one part of
// the registry's name between dots, and never for more: any run of characters would
// let 1234.dkr.ecr.evil.example/x.amazonaws.com pass for Amazon's registry.
func sameRepository(pattern, repository string) bool {
	host, rest, _ := strings.Cut(pattern, "/")
	otherHost, otherRest, _ := strings.Cut(repository, "/")
	if rest != otherRest {
		return false
	}
	labels, otherLabels := strings.Split(host, "."), strings.Split(otherHost, ".")
	return slices.EqualFunc(labels, otherLabels, func(label, other string) bool {
		return label == other || label == "*" && other != ""
	})
}
