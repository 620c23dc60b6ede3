package least

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// resourcesJSON is what the API server of Kubernetes 1.36 serves, by its own
// discovery: see TestResources, which writes it anew with -update.
//
//go:embed resources.json
var resourcesJSON []byte

// resource is one resource or subresource of the API ("pods/log") and its verbs in
// all versions of its group.
type resource struct {
	Group      string   `json:"group"`
	Name       string   `json:"name"`
	Namespaced bool     `json:"namespaced"`
	Verbs      []string `json:"verbs"`
}

// resources are all that is known of an API.
type resources struct {
	all    []resource
	groups map[string]bool
	byName map[[2]string]*resource // by group and name
}

// definition is what is read of a CustomResourceDefinition: its versions are of one
// schema as far as this goes.
type definition struct {
	Spec struct {
		Group string `json:"group"`
		Scope string `json:"scope"`
		Names struct {
			Plural string `json:"plural"`
		} `json:"names"`
		Subresources subresources `json:"subresources"` // of v1beta1
		Versions     []struct {
			Served       bool         `json:"served"`
			Subresources subresources `json:"subresources"`
		} `json:"versions"`
	} `json:"spec"`
}

type subresources struct {
	Status *struct{} `json:"status"`
	Scale  *struct{} `json:"scale"`
}

var definitions = snapshot.Kind[*definition]{
	Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition",
	Decode: func(data []byte) (*definition, error) {
		d := &definition{}
		return d, json.Unmarshal(data, d)
	},
}

// resourcesOf are the resources of Kubernetes and those that the definitions of the
// snapshot add.
func resourcesOf(v *snapshot.View) (*resources, []model.Gap) {
	known := &resources{groups: map[string]bool{}, byName: map[[2]string]*resource{}}
	if err := json.Unmarshal(resourcesJSON, &known.all); err != nil {
		panic(err) // it is part of the program
	}
	var gaps []model.Gap
	for _, object := range v.Objects(snapshot.GroupKind{Group: definitions.Group, Kind: definitions.Kind}, "") {
		d, err := definitions.Read(object)
		if err != nil || d.Spec.Group == "" || d.Spec.Names.Plural == "" {
			gap := model.Gap{Scope: object.Scope(), Reason: "the resource that " + object.Name + " defines could not be understood"}
			if object.Origin != nil {
				gap.File, gap.Line = object.Origin.File, object.Origin.Line
			}
			gaps = append(gaps, gap)
			continue
		}
		known.all = append(known.all, d.resources()...)
	}
	for i := range known.all {
		r := &known.all[i]
		known.groups[r.Group] = true
		known.byName[[2]string{r.Group, r.Name}] = r
	}
	return known, gaps
}

// resources are those that the API server serves for a definition
// (customresource_handler.go of k8s.io/apiextensions-apiserver).
func (d *definition) resources() []resource {
	namespaced := d.Spec.Scope == "Namespaced"
	own := resource{Group: d.Spec.Group, Name: d.Spec.Names.Plural, Namespaced: namespaced,
		Verbs: []string{"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"}}
	all := []resource{own}
	status, scale := d.Spec.Subresources.Status != nil, d.Spec.Subresources.Scale != nil
	for _, version := range d.Spec.Versions {
		status = status || version.Served && version.Subresources.Status != nil
		scale = scale || version.Served && version.Subresources.Scale != nil
	}
	for name, has := range map[string]bool{"/status": status, "/scale": scale} {
		if has {
			all = append(all, resource{Group: own.Group, Name: own.Name + name, Namespaced: namespaced, Verbs: []string{"get", "patch", "update"}})
		}
	}
	return all
}

// matching lists the resources that a rule's group and resource name, wildcards
// being such.
func (k *resources) matching(group, name string) []*resource {
	if group != "*" && name != "*" && !strings.HasPrefix(name, "*/") {
		if r := k.byName[[2]string{group, name}]; r != nil {
			return []*resource{r}
		}
		return nil
	}
	var found []*resource
	for i := range k.all {
		r := &k.all[i]
		_, sub, divided := strings.Cut(r.Name, "/")
		if (group == "*" || group == r.Group) && (name == "*" || name == r.Name || divided && name == "*/"+sub) {
			found = append(found, r)
		}
	}
	return found
}

// has reports whether a resource is served with a verb.
func (r *resource) has(verb string) bool { return slices.Contains(r.Verbs, verb) }
