package kinds

import (
	"reflect"

	"holdfast.dev/holdfast/internal/snapshot"
)

// Info describes one kind.
type Info struct {
	Group, Kind string
	Resource    string // plural name in the API; empty for configuration files
	Namespaced  bool
	Versions    []Version // newest first
}

// Version is one version of a kind and the Go type that holds it.
type Version struct {
	Name string
	Type reflect.Type // a struct type; nil for a version of another shape, kept as JSON
}

// GroupKind is the kind's key.
func (i *Info) GroupKind() snapshot.GroupKind {
	return snapshot.GroupKind{Group: i.Group, Kind: i.Kind}
}

// ConfigFile reports whether the kind is the configuration file of a component
// rather than an object of the API.
func (i *Info) ConfigFile() bool { return i.Resource == "" }

// Type returns the Go type of a version, and whether that version is known.
func (i *Info) Type(version string) (reflect.Type, bool) {
	for _, v := range i.Versions {
		if v.Name == version {
			return v.Type, true
		}
	}
	return nil, false
}

// Table finds kinds by name. Make one with NewTable and share it.
type Table struct {
	byKind  map[snapshot.GroupKind]*Info
	ordered []*Info
}

// NewTable makes the table of every kind in List.
func NewTable() *Table {
	all := List()
	t := &Table{byKind: make(map[snapshot.GroupKind]*Info, len(all)), ordered: make([]*Info, len(all))}
	for i := range all {
		t.byKind[all[i].GroupKind()] = &all[i]
		t.ordered[i] = &all[i]
	}
	return t
}

// Find returns the kind, or nil when it is not known by type.
func (t *Table) Find(group, kind string) *Info {
	return t.byKind[snapshot.GroupKind{Group: group, Kind: kind}]
}

// All returns every kind, in the order of List.
func (t *Table) All() []*Info { return t.ordered }

// Canonical maps a group that Kubernetes moved kinds out of to the group where
// they live now, so that one object has one identity: Deployment of extensions
// is Deployment of apps.
func Canonical(group, kind string) string {
	if group != "extensions" {
		return group
	}
	switch kind {
	case "Deployment", "DaemonSet", "ReplicaSet":
		return "apps"
	case "Ingress", "NetworkPolicy":
		return "networking.k8s.io"
	case "PodSecurityPolicy":
		return "policy"
	default:
		return group
	}
}
