package rbac

import (
	"cmp"
	_ "embed"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// The resources of Kubernetes 1.36 with every version and feature on, one a line:
// RESOURCE.GROUP SINGULAR SHORT,SHORT SCOPE SUBRESOURCE,SUBRESOURCE. Made and
// compared with api/discovery of k8s.io/kubernetes by TestResources of test/rbac.
//
//go:embed resources.txt
var resourcesText string

// Resource is a resource of the API, with the names under which people know it.
type Resource struct {
	Group        string
	Name         string // plural, as rules have it
	Singular     string
	Kind         string // of a custom resource, where it is not the singular
	ShortNames   []string
	Namespaced   bool
	Subresources []string
}

// String renders "deployments.apps", or "pods" for the core group.
func (r Resource) String() string {
	if r.Group == "" {
		return r.Name
	}
	return r.Name + "." + r.Group
}

// called reports whether the resource goes by a name, in lower case.
func (r *Resource) called(name string) bool {
	return name != "" && (r.Name == name || r.Singular == name || strings.ToLower(r.Kind) == name || slices.Contains(r.ShortNames, name))
}

// builtin are the resources of Kubernetes itself, those of the core group first,
// and what only authorization knows.
var builtin = sync.OnceValue(func() []Resource {
	var all []Resource
	for line := range strings.Lines(resourcesText) {
		fields := strings.Fields(line)
		name, group, _ := strings.Cut(fields[0], ".")
		all = append(all, Resource{
			Group: group, Name: name, Singular: fields[1], ShortNames: words(fields[2]),
			Namespaced: fields[3] == "namespaced", Subresources: words(fields[4]),
		})
	}
	slices.SortStableFunc(all, func(a, b Resource) int {
		return cmp.Or(strings.Compare(a.Group, b.Group), strings.Compare(a.Name, b.Name))
	})
	for i := range all {
		if all[i].Group == "" && all[i].Name == "nodes" {
			all[i].Subresources = append(all[i].Subresources, kubeletSubresources()...)
		}
	}
	return append(all, virtual()...)
})

func words(list string) []string {
	if list == "-" {
		return nil
	}
	return strings.Split(list, ",")
}

// kubeletSubresources are what the kubelet asks about requests to itself:
// pkg/kubelet/server/auth.go.
func kubeletSubresources() []string {
	return []string{"checkpoint", "configz", "healthz", "log", "metrics", "pods", "spec", "stats"}
}

// virtual are the resources that are asked about and never served: who is
// impersonated (k8s.io/apiserver/pkg/endpoints/filters/impersonation), and signers
// (plugin/pkg/admission/certificates).
func virtual() []Resource {
	const authentication = "authentication.k8s.io"
	return []Resource{
		{Name: "users", Singular: "user"},
		{Name: "groups", Singular: "group"},
		{Group: authentication, Name: "uids", Singular: "uid"},
		{Group: authentication, Name: "userextras", Singular: "userextra"},
		{Group: "certificates.k8s.io", Name: "signers", Singular: "signer"},
	}
}

// definition is what of a CustomResourceDefinition names its resource.
type definition struct {
	Spec struct {
		Group string `json:"group"`
		Scope string `json:"scope"`
		Names struct {
			Plural     string   `json:"plural"`
			Singular   string   `json:"singular"`
			Kind       string   `json:"kind"`
			ShortNames []string `json:"shortNames"`
		} `json:"names"`
		Versions []struct {
			Subresources struct {
				Status *struct{} `json:"status"`
				Scale  *struct{} `json:"scale"`
			} `json:"subresources"`
		} `json:"versions"`
	} `json:"spec"`
}

// definitions reads the CustomResourceDefinitions.
var definitions = kinds.Of[definition]("apiextensions.k8s.io", "CustomResourceDefinition")

// customResources are those that definitions in the snapshot make, by group and name.
var customResources = snapshot.Memo[struct{}, []Resource]{Name: "rbac.customResources", Compute: func(v *snapshot.View, _ struct{}) []Resource {
	byName := map[string]Resource{}
	all, _ := snapshot.List(v, definitions, "")
	for _, d := range all {
		r := Resource{
			Group: d.Spec.Group, Name: d.Spec.Names.Plural, Kind: d.Spec.Names.Kind, Singular: d.Spec.Names.Singular,
			ShortNames: d.Spec.Names.ShortNames, Namespaced: d.Spec.Scope != "Cluster",
		}
		for i := range d.Spec.Versions {
			if d.Spec.Versions[i].Subresources.Status != nil {
				r.Subresources = append(r.Subresources, "status")
			}
			if d.Spec.Versions[i].Subresources.Scale != nil {
				r.Subresources = append(r.Subresources, "scale")
			}
		}
		byName[r.String()] = r
	}
	var sorted []Resource
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		sorted = append(sorted, byName[name])
	}
	return sorted
}}

// resources are all that are known: those of Kubernetes first.
func resources(v *snapshot.View) iter.Seq[*Resource] {
	return func(yield func(*Resource) bool) {
		for _, list := range [][]Resource{builtin(), customResources.Of(v, struct{}{})} {
			for i := range list {
				if !yield(&list[i]) {
					return
				}
			}
		}
	}
}

// FindResource finds a resource as kubectl does, by any of its names and in any
// case: "pods", "po", "Deployment", "deployments.apps", "deployments.v1.apps". Of
// several the first counts, those of Kubernetes before custom ones. It reports false
// for what nothing defines: then Name and Group are as they were written, in lower
// case, and whether it is namespaced is not known.
func FindResource(v *snapshot.View, word string) (Resource, bool) {
	name, group, qualified := strings.Cut(strings.ToLower(word), ".")
	if name == "*" {
		if !qualified {
			group = "*"
		}
		return Resource{Group: group, Name: name, Namespaced: true}, true
	}
	for r := range resources(v) {
		if r.called(name) && (!qualified || r.Group == group || r.Group == withoutVersion(group)) {
			return *r, true
		}
	}
	return Resource{Group: group, Name: name, Namespaced: true}, false
}

// withoutVersion cuts "v1." off "v1.apps".
func withoutVersion(group string) string {
	version, rest, _ := strings.Cut(group, ".")
	if len(version) > 1 && version[0] == 'v' && version[1] >= '0' && version[1] <= '9' {
		return rest
	}
	return group
}
