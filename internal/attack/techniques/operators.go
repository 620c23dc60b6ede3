package techniques

import (
	"path"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// served says whether the API server serves a custom resource: where its definition
// is not there nobody can write one, and no operator acts on it.
func served(v *snapshot.View, definition string) (b basis, ok bool) {
	id := model.ID{Cluster: v.Settings().Cluster, Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition", Name: definition}
	object, presence := v.Find(id)
	switch presence {
	case snapshot.Present:
		return basis{evidence: []model.Evidence{object.Evidence("metadata.name", definition)}}, true
	case snapshot.Absent:
		return b, false
	default:
		return basis{unread: []string{"the cluster has the custom resource " + definition + "; its definition was not read"}}, true
	}
}

// custom is served and sites together, for a technique whose first permission is on
// custom resources of a kind.
func custom(c *attack.Case, definition, kind string) []site {
	defined, ok := served(c.View, definition)
	if !ok {
		return nil
	}
	_, group, _ := strings.Cut(definition, ".")
	found := sites(c, snapshot.GroupKind{Group: group, Kind: kind})
	for i := range found {
		found[i].basis = defined.and(found[i].basis)
	}
	return found
}

// customPods is runsPods for an operator that makes pods from a template in a custom
// resource.
func customPods(definition, kind string) func(*attack.Case) {
	return func(c *attack.Case) {
		for _, s := range custom(c, definition, kind) {
			s.yields(c, attack.Namespace, attack.Namespaces(s.namespace))
			s.takesNode(c, s.namespace)
		}
	}
}

// takesNode says that pods of one's own choice in a namespace, or with "" in any,
// take over their node where they are let in.
func (b basis) takesNode(c *attack.Case, namespace string, conditions ...string) {
	found := privilegedPods(c.View, namespace)
	switch {
	case found.certain:
		b.and(basis{evidence: found.evidence}).yields(c, attack.Node, attack.Nodes(""), conditions...)
	case found.condition != "":
		b.and(basis{unread: []string{found.condition}}).yields(c, attack.Node, attack.Nodes(""), conditions...)
	}
}

// operator is a program that acts on what others write, with the rights of its own
// account. It is comparable, so that what is known of it can be kept by it.
type operator struct {
	name    string // as people call it
	image   string // the last element of the name of its image
	program string // what the command or the first argument must be, where one image has several
	account string // NAMESPACE/NAME that the project's own manifests give it
}

// deputy is an account with which an operator runs, and the basis for that.
type deputy struct {
	account  model.ID
	workload *workload.Workload // nil where none was found
	basis
}

var deputies = snapshot.Memo[operator, []deputy]{Name: "techniques.deputies", Compute: func(v *snapshot.View, o operator) []deputy {
	var found []deputy
	for _, w := range workload.All(v) {
		i := slices.IndexFunc(w.Containers, func(c workload.Container) bool { return o.runs(&c) })
		if i < 0 {
			continue
		}
		account := attack.Accounts(w.Namespace(), w.ServiceAccount())
		evidence := []model.Evidence{
			w.Containers[i].Object.Evidence(w.Containers[i].Path+".image", w.Containers[i].Image),
			w.Object.Evidence(w.ServiceAccountPath(), w.ServiceAccount()),
		}
		found = append(found, deputy{account: account, workload: w, basis: basis{evidence: evidence}})
	}
	if len(found) > 0 {
		return found
	}
	namespace, name, _ := strings.Cut(o.account, "/")
	unread := o.name + " runs as " + o.account + ", as its own manifests have it; no workload with its image was found"
	return []deputy{{account: attack.Accounts(namespace, name), basis: basis{unread: []string{unread}}}}
}}

// of lists the accounts with which the operator runs; where no workload of it was
// found, the one of its own manifests.
func (o operator) of(v *snapshot.View) []deputy { return deputies.Of(v, o) }

// runs reports whether a container is the operator's.
func (o operator) runs(c *workload.Container) bool {
	if imageBase(c.Image) != o.image {
		return false
	}
	if o.program == "" {
		return true
	}
	words := slices.Concat(c.Command, c.Args[:min(1, len(c.Args))])
	return slices.ContainsFunc(words, func(word string) bool { return path.Base(word) == o.program })
}

// imageBase is the last element of the name of an image: "kyverno" of
// "ghcr.io/kyverno/kyverno:v1.15.0@sha256:...".
func imageBase(image string) string {
	name, _, _ := strings.Cut(image, "@")
	name, _, _ = strings.Cut(path.Base(name), ":")
	return name
}

// argument finds a flag of the deputy's containers, --NAME or --NAME=VALUE. It is
// not set where no workload was found.
func (d *deputy) argument(name string) (value string, evidence []model.Evidence, set bool) {
	if d.workload == nil {
		return "", nil, false
	}
	for i := range d.workload.Containers {
		c := &d.workload.Containers[i]
		for a, word := range c.Args {
			flag, value, _ := strings.Cut(word, "=")
			if flag == "--"+name {
				return value, []model.Evidence{c.Object.Evidence((c.Path + ".args").Index(a), word)}, true
			}
		}
	}
	return "", nil, false
}

// atHome lists what a right on custom resources rests on whose operator looks at those
// in its own namespace alone.
func (o operator) atHome(c *attack.Case, definition, kind string) []deputy {
	var found []deputy
	for _, s := range custom(c, definition, kind) {
		for _, d := range o.of(c.View) {
			if s.namespace == "" || s.namespace == d.account.Namespace || d.workload == nil {
				found = append(found, deputy{account: d.account, workload: d.workload, basis: s.and(d.basis)})
			}
		}
	}
	return found
}

// customGuards says that a guard goes which custom resources are.
func customGuards(definition, kind string) func(*attack.Case) {
	return func(c *attack.Case) {
		if _, ok := served(c.View, definition); ok {
			_, group, _ := strings.Cut(definition, ".")
			onExisting(c, attack.Integrity, snapshot.GroupKind{Group: group, Kind: kind})
		}
	}
}

// asDeputy says that who writes a custom resource has its operator act with the
// rights of the operator's account.
func (o operator) asDeputy(c *attack.Case, b basis, conditions ...string) {
	for _, d := range o.of(c.View) {
		b.and(d.basis).yields(c, attack.Subject, d.account, conditions...)
	}
}
