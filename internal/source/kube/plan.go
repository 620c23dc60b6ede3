package kube

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// target is one list to read: a resource, and the kind that its objects are in a
// snapshot.
type target struct {
	resource
	kind   snapshot.GroupKind
	goType reflect.Type // nil: kept as JSON
	scope  model.Scope
	// unknown says why objects of this version cannot be judged, or "".
	unknown string
	// role is the ClusterRole of deploy/rbac that grants the list, or "".
	role string
}

// The ClusterRoles of deploy/rbac, see tools/rbacroles.
const (
	readerRole  = "holdfast-reader"
	secretsRole = "holdfast-reader-secrets"
)

// plan decides what to list, in order, and what is known without listing.
func (s *Source) plan(found *catalog) (targets []target, known []snapshot.Change) {
	served := serving(found)
	broken := map[string]string{}
	for _, group := range found.broken {
		broken[group.group] = group.reason
	}
	told := map[string]bool{}
	for _, gk := range s.wanted(served) {
		listable := slices.DeleteFunc(slices.Clone(served[gk]), func(r resource) bool { return !r.listable })
		reason, unsure := broken[gk.Group]
		switch {
		case len(listable) > 0:
			targets = append(targets, s.targets(gk, listable)...)
		case len(served[gk]) > 0:
			known = append(known, gap(model.Scope{Group: gk.Group, Kind: gk.Kind}, fmt.Sprintf("%s cannot be listed: the API server has no list of them", gk)))
		case unsure:
			told[gk.Group] = true
			known = append(known, gap(model.Scope{Group: gk.Group, Kind: gk.Kind}, "cannot list "+gk.String()+": "+reason))
		default:
			// What the server does not serve cannot exist there.
			known = append(known, snapshot.Change{Listed: &model.Scope{Group: gk.Group, Kind: gk.Kind}})
		}
	}
	return targets, append(known, s.rest(found, told)...)
}

// rest names the broken groups of which no kind was asked for by name. With
// AllResources they belong to what was asked for.
func (s *Source) rest(found *catalog, told map[string]bool) []snapshot.Change {
	var changes []snapshot.Change
	for _, group := range found.broken {
		if told[group.group] {
			continue
		}
		// No kind is called *: the gap hides no other scope.
		scope := model.Scope{Group: group.group, Kind: "*"}
		reason := fmt.Sprintf("cannot tell what the API group %s holds: %s", group.group, group.reason)
		changes = append(changes, snapshot.Change{Gap: &model.Gap{Scope: scope, Reason: reason, Skipped: !s.options.AllResources}})
	}
	return changes
}

func gap(scope model.Scope, reason string) snapshot.Change {
	return snapshot.Change{Gap: &model.Gap{Scope: scope, Reason: reason}}
}

// serving sorts the resources by the kind that their objects are in a snapshot. A
// kind that moved to another group is read there, if the server has it there.
func serving(found *catalog) map[snapshot.GroupKind][]resource {
	served := map[snapshot.GroupKind][]resource{}
	for _, r := range found.resources {
		gk := snapshot.GroupKind{Group: canonical(r.group, r.kind), Kind: r.kind}
		served[gk] = append(served[gk], r)
	}
	for gk, resources := range served {
		own := func(r resource) bool { return r.group == gk.Group && r.listable }
		if slices.ContainsFunc(resources, own) {
			served[gk] = slices.DeleteFunc(resources, func(r resource) bool { return !own(r) })
		}
	}
	return served
}

// canonical also knows that events.k8s.io serves the core group's Events once more.
func canonical(group, kind string) string {
	if group == "events.k8s.io" && kind == "Event" {
		return ""
	}
	return kinds.Canonical(group, kind)
}

// wanted lists the kinds to account for, sorted.
func (s *Source) wanted(served map[snapshot.GroupKind][]resource) []snapshot.GroupKind {
	wanted := slices.Clone(s.options.Kinds)
	if s.options.AllResources {
		for _, info := range s.kinds.All() {
			if !info.ConfigFile() {
				wanted = append(wanted, info.GroupKind())
			}
		}
		for gk, resources := range served {
			if slices.ContainsFunc(resources, func(r resource) bool { return r.listable }) {
				wanted = append(wanted, gk)
			}
		}
	}
	slices.SortFunc(wanted, func(a, b snapshot.GroupKind) int {
		return cmp.Or(strings.Compare(a.Group, b.Group), strings.Compare(a.Kind, b.Kind))
	})
	return slices.Compact(wanted)
}

// targets chooses the version in which a kind is read: the newest that is known
// by type, else the one that the server prefers.
func (s *Source) targets(gk snapshot.GroupKind, served []resource) []target {
	first := served[0]
	info := s.kinds.Find(gk.Group, gk.Kind)
	known := info != nil && !info.ConfigFile()
	if known {
		first = newestKnown(info, served)
	}
	var targets []target
	for _, r := range served {
		if r.group != first.group || r.version != first.version {
			continue
		}
		t := target{resource: r, kind: gk, scope: model.Scope{Group: gk.Group, Kind: gk.Kind}, role: s.role(gk)}
		if r.namespaced {
			t.scope.Namespace = s.options.Namespace
		}
		if known {
			var ok bool
			if t.goType, ok = info.Type(r.version); !ok {
				t.unknown = fmt.Sprintf("the API server has %s only in version %s, which Holdfast does not know", gk, r.version)
			}
		}
		targets = append(targets, t)
	}
	return targets
}

func newestKnown(info *kinds.Info, served []resource) resource {
	for _, version := range info.Versions {
		for _, r := range served {
			if r.version == version.Name {
				return r
			}
		}
	}
	return served[0]
}

// role is the ClusterRole that the kinds of Options.Kinds are granted by.
func (s *Source) role(gk snapshot.GroupKind) string {
	switch {
	case gk == snapshot.GroupKind{Kind: "Secret"}:
		return secretsRole
	case slices.Contains(s.options.Kinds, gk):
		return readerRole
	default:
		return ""
	}
}
