package rbac

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Question is what someone asks about, in the words of a command line. Resource is
// "pods", "deployments.apps", "pods/exec", "pods/web", "*", or a URL as "/healthz".
// What follows its slash is a subresource if the resource has one of that name, and
// the name of an object otherwise, as in kubectl auth can-i.
type Question struct {
	Verb, Resource, Subresource, Name string
	Namespace                         string // "" is all namespaces
}

var errIncomplete = errors.New("a question needs a verb and a resource")

// Request makes the request that the API server would be asked about. A resource
// that has no namespace leaves Namespace aside. Notes say what of the question the
// API does not know, with what may have been meant; err what cannot be asked.
func (q Question) Request(v *snapshot.View) (r Request, notes []string, err error) {
	if q.Verb == "" {
		return r, nil, errIncomplete
	}
	if strings.HasPrefix(q.Resource, "/") {
		if q.Name != "" || q.Subresource != "" {
			return r, nil, fmt.Errorf("a URL such as %s has neither name nor subresource", q.Resource)
		}
		return Request{Verb: q.Verb, Path: q.Resource}, unknownVerb(q.Verb, urlVerbs()), nil
	}
	word, rest, _ := strings.Cut(q.Resource, "/")
	resource, known := FindResource(v, word)
	if resource.Name == "" {
		return r, nil, errIncomplete
	}
	if !known {
		notes = append(notes, unknownResource(v, &resource))
	}
	if rest != "" {
		said := &q.Name
		if isSubresource(v, &resource, known, rest) {
			said = &q.Subresource
		}
		if *said != "" {
			return r, nil, fmt.Errorf("%s and %s say the same thing twice", q.Resource, *said)
		}
		*said = rest
	}
	notes = append(notes, unknownVerb(q.Verb, resourceVerbs())...)
	r = Request{Verb: q.Verb, Group: resource.Group, Resource: resource.Name, Subresource: q.Subresource, Name: q.Name, Namespace: q.Namespace}
	if !resource.Namespaced && served(q.Verb) {
		r.Namespace = ""
		if resource.Group == "" && resource.Name == "namespaces" {
			r.Namespace = q.Name // see Request
		}
	}
	return r, notes, nil
}

// MayLieInNamespaces reports whether bindings of single namespaces can count for a
// request: not for a resource outside of namespaces that the API server serves.
func MayLieInNamespaces(v *snapshot.View, r *Request) bool {
	return r.Path == "" && counts(v, "any", r.Group, r.Resource, r.Verb)
}

// served reports whether a verb is what the API server itself asks about when it
// serves a resource. About others the asker decides what the namespace is: who binds
// a ClusterRole in a namespace is asked about bind on clusterroles in that namespace
// (pkg/registry/rbac/rolebinding/policybased).
func served(verb string) bool { return slices.Contains(ServedVerbs(), verb) }

// ServedVerbs are the verbs of requests for resources, in the usual order:
// k8s.io/apiserver/pkg/endpoints/request/requestinfo.go.
func ServedVerbs() []string {
	return []string{"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"}
}

// isSubresource tells "pods/exec" from "pods/web". Of a resource that nothing
// defines only what custom resources can have counts as one.
func isSubresource(v *snapshot.View, resource *Resource, known bool, word string) bool {
	switch {
	case resource.Name == "userextras":
		return true // whatever the key of the extra is
	case !known:
		return word == "status" || word == "scale"
	case resource.Name != "*":
		return slices.Contains(resource.Subresources, word)
	}
	for known := range resources(v) {
		if slices.Contains(known.Subresources, word) {
			return true
		}
	}
	return false
}

// resourceVerbs are those that Kubernetes asks about, as kubectl lists them
// (pkg/cmd/auth/cani.go).
func resourceVerbs() []string {
	return append(ServedVerbs(), "*", "approve", "attest", "bind", "escalate", "impersonate", "sign", "use")
}

func urlVerbs() []string {
	return []string{"*", "delete", "get", "head", "options", "patch", "post", "put"}
}

func unknownVerb(verb string, known []string) []string {
	if slices.Contains(known, verb) || strings.HasPrefix(verb, "impersonate") { // KEP-5284 has many of these
		return nil
	}
	return []string{fmt.Sprintf("%q is no verb of the API%s", verb, didYouMean(verb, slices.Values(known)))}
}

// unknownResource says what is wrong with a resource that nothing defines. What
// rules name counts as a suggestion too: a definition may not have been read.
func unknownResource(v *snapshot.View, r *Resource) string {
	suggestions := func(yield func(string) bool) {
		for known := range resources(v) {
			if known.Name == r.Name && !yield(known.String()) || !yield(known.Name) {
				return
			}
		}
		for _, named := range namedInRules(v) {
			name, _, _ := strings.Cut(named, ".")
			if name == r.Name && named != r.String() && !yield(named) {
				return
			}
		}
	}
	text := fmt.Sprintf("nothing that was read defines the resource %s", r)
	if hint := didYouMean(r.Name, suggestions); hint != "" {
		return text + hint
	}
	if !v.Complete(model.Scope{Group: definitions.Group, Kind: definitions.Kind}) {
		text += ", but not all CustomResourceDefinitions are known"
	}
	return text + ": it is taken as one that lies in namespaces"
}

// namedInRules lists the resources that ClusterRoles name with their groups.
func namedInRules(v *snapshot.View) []string {
	var named []string
	for _, r := range roles.Of(v, "").byName {
		for i := range r.written {
			for _, group := range r.written[i].APIGroups {
				for _, name := range r.written[i].Resources {
					if group != "" && group != rbacv1.APIGroupAll && !strings.Contains(name, "/") {
						named = append(named, name+"."+group)
					}
				}
			}
		}
	}
	slices.Sort(named)
	return slices.Compact(named)
}
