package model

import (
	"cmp"
	"strings"
)

// ID names an object. It is comparable and is the key of every map of objects.
// Cluster is empty when only one cluster is looked at; Group is empty for the
// core API group; Namespace is empty for cluster-scoped objects.
type ID struct {
	Cluster   string `json:"cluster,omitempty"`
	Group     string `json:"group"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
}

// Scope is the list that the object belongs to.
func (id ID) Scope() Scope {
	return Scope{Cluster: id.Cluster, Group: id.Group, Kind: id.Kind, Namespace: id.Namespace}
}

// String renders the ID as people write it: "shop/web[Deployment]", or
// "node-1[Node]" for a cluster-scoped object.
func (id ID) String() string {
	name := id.Name + "[" + id.Kind + "]"
	if id.Namespace != "" {
		name = id.Namespace + "/" + name
	}
	if id.Cluster != "" {
		name = id.Cluster + ":" + name
	}
	return name
}

// Compare orders IDs by cluster, namespace, kind, name and group.
func (id ID) Compare(other ID) int {
	if c := cmp.Or(strings.Compare(id.Cluster, other.Cluster), strings.Compare(id.Namespace, other.Namespace)); c != 0 {
		return c
	}
	return cmp.Or(strings.Compare(id.Kind, other.Kind), strings.Compare(id.Name, other.Name), strings.Compare(id.Group, other.Group))
}

// Ref is an ID with what distinguishes one version and one life of the object.
// Version is the API version ("v1", "v1beta1"), UID the API server's, empty for
// objects from files.
type Ref struct {
	ID
	Version string `json:"version,omitempty"`
	UID     string `json:"uid,omitempty"`
}

// Scope is a set of objects that can be listed: one kind, in one namespace or,
// with Namespace "", in all. The zero Scope means everything.
type Scope struct {
	Cluster   string `json:"cluster,omitempty"`
	Group     string `json:"group,omitempty"`
	Kind      string `json:"kind,omitempty"`
	Namespace string `json:"namespace,omitempty"`
}

// Contains reports whether every object of other is one of s.
func (s Scope) Contains(other Scope) bool {
	if s.Kind != "" && (s.Kind != other.Kind || s.Group != other.Group) {
		return false
	}
	if s.Cluster != "" && s.Cluster != other.Cluster {
		return false
	}
	return s.Namespace == "" || s.Namespace == other.Namespace
}

// Overlaps reports whether some object can be in both.
func (s Scope) Overlaps(other Scope) bool {
	if s.Kind != "" && other.Kind != "" && (s.Kind != other.Kind || s.Group != other.Group) {
		return false
	}
	if s.Cluster != "" && other.Cluster != "" && s.Cluster != other.Cluster {
		return false
	}
	return s.Namespace == "" || other.Namespace == "" || s.Namespace == other.Namespace
}

// String renders the scope as "apps/Deployment in shop"; "everything" for the
// zero Scope.
func (s Scope) String() string {
	if s == (Scope{}) {
		return "everything"
	}
	name := cmp.Or(s.Kind, "every kind")
	if s.Group != "" {
		name = s.Group + "/" + name
	}
	if s.Namespace != "" {
		name += " in " + s.Namespace
	}
	if s.Cluster != "" {
		name += " of " + s.Cluster
	}
	return name
}

// Compare orders scopes by cluster, group, kind and namespace.
func (s Scope) Compare(other Scope) int {
	return cmp.Or(
		strings.Compare(s.Cluster, other.Cluster),
		strings.Compare(s.Group, other.Group),
		strings.Compare(s.Kind, other.Kind),
		strings.Compare(s.Namespace, other.Namespace),
	)
}
