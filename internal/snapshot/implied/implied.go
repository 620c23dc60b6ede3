// Package implied completes what was read from files with what every cluster has
// and nobody writes down.
package implied

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// OfFiles returns the changes that complete changes read from files:
//
//   - A kind that was supplied counts as listed: what refers to an object of it
//     that is not there refers to nothing. Secrets never count, because they are
//     usually kept out of files.
//   - Namespaces that objects name, and the service account "default" of each, are
//     implied objects. What an implied namespace is labelled with is not known.
//   - Where some role or binding was supplied, the files are taken to say with the
//     bootstrap policy (see BootstrapRBAC) all that RBAC allows: its four kinds count
//     as listed, and the roles and bindings of every cluster that the files do not
//     define otherwise are implied objects.
//
// The input is one set of files, not a cluster: see "What is implied" of the design.
func OfFiles(changes []snapshot.Change) []snapshot.Change {
	supplied := map[snapshot.GroupKind]bool{}
	namespaces := map[string]bool{}
	have := map[model.ID]bool{}
	for _, change := range changes {
		if change.Put == nil {
			continue
		}
		id := change.Put.ID
		have[id] = true
		supplied[snapshot.GroupKind{Group: id.Group, Kind: id.Kind}] = true
		if id.Namespace != "" {
			namespaces[id.Namespace] = true
		} else if id.Group == "" && id.Kind == "Namespace" {
			namespaces[id.Name] = true
		}
	}
	delete(supplied, snapshot.GroupKind{Kind: "Secret"})
	bootstrap := bootstrapFor(supplied)
	added := listed(supplied)
	for _, namespace := range sorted(namespaces) {
		for _, object := range []*snapshot.Object{impliedNamespace(namespace), impliedServiceAccount(namespace)} {
			if !have[object.ID] {
				added = append(added, snapshot.Change{Put: object})
			}
		}
	}
	for _, object := range bootstrap {
		if !have[object.ID] {
			added = append(added, snapshot.Change{Put: object})
		}
	}
	return added
}

// bootstrapFor adds all kinds of RBAC to what was supplied, if there is one of them,
// and returns what every cluster has of them.
func bootstrapFor(supplied map[snapshot.GroupKind]bool) []*snapshot.Object {
	kinds := rbacKinds()
	if !slices.ContainsFunc(kinds[:], func(gk snapshot.GroupKind) bool { return supplied[gk] }) {
		return nil
	}
	for _, gk := range kinds {
		supplied[gk] = true
	}
	return BootstrapRBAC()
}

func listed(supplied map[snapshot.GroupKind]bool) []snapshot.Change {
	scopes := make([]model.Scope, 0, len(supplied))
	for gk := range supplied {
		scopes = append(scopes, model.Scope{Group: gk.Group, Kind: gk.Kind})
	}
	slices.SortFunc(scopes, model.Scope.Compare)
	changes := make([]snapshot.Change, len(scopes))
	for i := range scopes {
		changes[i] = snapshot.Change{Listed: &scopes[i]}
	}
	return changes
}

func sorted(set map[string]bool) []string {
	names := make([]string, 0, len(set))
	for name := range set {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func impliedNamespace(name string) *snapshot.Object {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	kinds.Default(namespace)
	return &snapshot.Object{
		Ref:     model.Ref{ID: model.ID{Kind: "Namespace", Name: name}, Version: "v1"},
		Implied: true, Partial: true, Body: namespace,
	}
}

func impliedServiceAccount(namespace string) *snapshot.Object {
	return &snapshot.Object{
		Ref:     model.Ref{ID: model.ID{Kind: "ServiceAccount", Namespace: namespace, Name: "default"}, Version: "v1"},
		Implied: true,
		Body:    &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default", Namespace: namespace}},
	}
}
