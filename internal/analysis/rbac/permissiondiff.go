package rbac

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apiserver/pkg/authentication/user"

	"holdfast.dev/holdfast/internal/snapshot"
)

// PermissionChange is something that a subject can do on one side of a comparison
// and not on the other: Verbs on a resource, on objects of it with Names, or on a URL.
// The words are those of rules, so that "*" is everything, also what no rule names.
type PermissionChange struct {
	Gained    bool
	Subject   Subject
	Namespace string   // where: "" is the whole cluster
	Except    []string // namespaces of the cluster in which the other side can as well
	Group     string
	Resource  string
	Names     []string // nil for any
	Path      string
	Verbs     []string
	Grants    []Grant // on the side that can; each rule once
}

// DiffPermissions compares what subjects can do in two clusters: users, groups and
// service accounts that a binding of either names. What a subject has through a
// group counts as its own, so that only what it can do matters and not by which
// binding; it is told where it changed, at the group if the group changed.
// With complete=false there may be more changes, and those told may be none.
//
// A right of a rule is taken apart into single words, a group, a resource, a name, a
// verb and a place, each of them one word or all there are. Words that are "all"
// stand also for what no rule names, so such a right is covered by one right of the
// other side or not at all: asking them one at a time is complete, as it is in Covers
// of k8s.io/component-helpers/auth/rbac/validation.
func DiffPermissions(before, after *snapshot.View) (changes []PermissionChange, complete bool) {
	complete = allListed(before)
	complete = allListed(after) && complete
	old, new := holdingsOf(before), holdingsOf(after)
	subjects := map[who]bool{}
	for _, side := range []map[who][]entry{old, new} {
		for key := range side {
			subjects[key] = true
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(subjects), who.compare) {
		changes = append(changes, difference(after, key, old, new, true)...)
		changes = append(changes, difference(before, key, new, old, false)...)
	}
	return changes, complete
}

// atom is a right of single words. name "" and group, resource and verb "*" are all
// there are.
type atom struct{ group, resource, name, path, verb string }

// entry is what one subject of one binding has.
type entry struct {
	binding *binding
	subject int
	role    *atoms
}

// atoms are the rights of a role in single words.
type atoms struct {
	all   []atom
	rules []effectiveRule // of the rule that gives each of all first
	known map[atom]bool
	urls  []atom // those of all with a path that ends in a wildcard
}

func (s *atoms) add(a atom, rule effectiveRule) {
	if s.known[a] {
		return
	}
	s.known[a] = true
	s.all, s.rules = append(s.all, a), append(s.rules, rule)
	if strings.HasSuffix(a.path, "*") {
		s.urls = append(s.urls, a)
	}
}

// covers reports whether what a says is allowed by one atom of the set.
func (s *atoms) covers(a atom) bool {
	return s.coversBut(a, atom{})
}

// coversBut leaves one atom of the set aside.
func (s *atoms) coversBut(a, but atom) bool {
	verbs := []string{a.verb, rbacv1.VerbAll}
	has := func(by atom) bool { return by != but && s.known[by] }
	if a.path != "" {
		for _, verb := range verbs {
			if has(atom{path: a.path, verb: verb}) {
				return true
			}
		}
		return slices.ContainsFunc(s.urls, func(by atom) bool {
			return by != but && slices.Contains(verbs, by.verb) && strings.HasPrefix(a.path, strings.TrimRight(by.path, "*"))
		})
	}
	resources := []string{a.resource, rbacv1.ResourceAll}
	if _, below, ok := strings.Cut(a.resource, "/"); ok {
		resources = append(resources, "*/"+below)
	}
	for _, group := range []string{a.group, rbacv1.APIGroupAll} {
		for _, resource := range resources {
			for _, name := range []string{a.name, ""} {
				for _, verb := range verbs {
					if has(atom{group: group, resource: resource, name: name, verb: verb}) {
						return true
					}
				}
			}
		}
	}
	return false
}

// holdingsOf lists what each subject that a binding names has.
func holdingsOf(v *snapshot.View) map[who][]entry {
	entries := map[who][]entry{}
	byRole := map[*role]*atoms{}
	for _, namespace := range append([]string{""}, namespaces.Of(v, struct{}{})...) {
		set := bindings.Of(v, namespace)
		for i := range set.all {
			b := &set.all[i]
			if b.role == nil {
				continue
			}
			if byRole[b.role] == nil {
				byRole[b.role] = atomsOf(b.role)
			}
			for j := range b.subjects {
				if key, ok := keyOf(&b.subjects[j], b.namespace); ok {
					entries[key] = append(entries[key], entry{binding: b, subject: j, role: byRole[b.role]})
				}
			}
		}
	}
	return entries
}

func atomsOf(r *role) *atoms {
	set := &atoms{known: map[atom]bool{}}
	for _, rule := range r.rules() {
		names := rule.rule.ResourceNames
		if len(names) == 0 {
			names = []string{""}
		}
		for _, verb := range rule.rule.Verbs {
			for _, group := range rule.rule.APIGroups {
				for _, resource := range rule.rule.Resources {
					for _, name := range names {
						set.add(atom{group: group, resource: resource, name: name, verb: verb}, rule)
					}
				}
			}
			for _, path := range rule.rule.NonResourceURLs {
				set.add(atom{path: path, verb: verb}, rule)
			}
		}
	}
	return set
}

// subjectOfKey is the subject that a key of the index stands for.
func subjectOfKey(key who) Subject {
	if key.group {
		return Subject{Kind: rbacv1.GroupKind, Name: key.name}
	}
	return Subject{Kind: rbacv1.UserKind, Name: key.name}.Canonical()
}

// difference lists what a subject has itself on one side, v, and not, by any of its
// names and groups, on the other.
func difference(v *snapshot.View, key who, without, with map[who][]entry, gained bool) []PermissionChange {
	subject := subjectOfKey(key)
	identity := subject.Identities()
	if slices.Contains(identity.Groups, user.SystemPrivilegedGroup) {
		return nil // may do everything on both sides
	}
	var other []entry
	for _, k := range identity.keys() {
		other = append(other, without[k]...)
	}
	found := map[string]*atoms{} // by namespace
	grants := map[string]map[atom]Grant{}
	for _, e := range with[key] {
		namespace := e.binding.namespace
		for i, a := range e.role.all {
			if !a.countsIn(v, namespace) || coveredBy(other, namespace, a) {
				continue
			}
			if found[namespace] == nil {
				found[namespace] = &atoms{known: map[atom]bool{}}
				grants[namespace] = map[atom]Grant{}
			}
			if !found[namespace].known[a] {
				grants[namespace][a] = e.binding.grant(e.role.rules[i], e.subject)
			}
			found[namespace].add(a, e.role.rules[i])
		}
	}
	var changes []PermissionChange
	for _, namespace := range slices.Sorted(maps.Keys(found)) {
		for _, a := range found[namespace].all {
			wider := found[namespace].coversBut(a, a) || namespace != "" && found[""] != nil && found[""].covers(a)
			if !wider {
				changes = append(changes, changeOf(subject, gained, namespace, a, exceptions(other, namespace, a), grants[namespace][a]))
			}
		}
	}
	return merged(changes)
}

// countsIn reports whether a binding of a place can give the right.
func (a *atom) countsIn(v *snapshot.View, namespace string) bool {
	if a.path != "" {
		return namespace == ""
	}
	return counts(v, namespace, a.group, a.resource, a.verb)
}

// coveredBy reports whether a right in a place is among entries.
func coveredBy(entries []entry, namespace string, a atom) bool {
	return slices.ContainsFunc(entries, func(e entry) bool {
		return (e.binding.namespace == "" || e.binding.namespace == namespace) && e.role.covers(a)
	})
}

// exceptions are the namespaces in which a right of the whole cluster is there.
func exceptions(entries []entry, namespace string, a atom) []string {
	var names []string
	if namespace != "" || a.path != "" {
		return nil
	}
	for _, e := range entries {
		if e.binding.namespace != "" && e.role.covers(a) {
			names = append(names, e.binding.namespace)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func changeOf(subject Subject, gained bool, namespace string, a atom, except []string, g Grant) PermissionChange {
	change := PermissionChange{
		Gained: gained, Subject: subject, Namespace: namespace, Except: except,
		Group: a.group, Resource: a.resource, Path: a.path, Verbs: []string{a.verb}, Grants: []Grant{g},
	}
	if a.name != "" {
		change.Names = []string{a.name}
	}
	return change
}

// merged puts the verbs of one thing together, and then the names that have the same
// verbs. All are of one subject and direction.
func merged(changes []PermissionChange) []PermissionChange {
	compareThing := func(a, b PermissionChange) int {
		return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Path, b.Path), strings.Compare(a.Group, b.Group),
			strings.Compare(a.Resource, b.Resource), slices.Compare(a.Except, b.Except))
	}
	slices.SortStableFunc(changes, func(a, b PermissionChange) int {
		return cmp.Or(compareThing(a, b), slices.Compare(a.Names, b.Names), compareVerbs(a.Verbs[0], b.Verbs[0]))
	})
	changes = joined(changes, func(a, b *PermissionChange) bool {
		return compareThing(*a, *b) == 0 && slices.Equal(a.Names, b.Names)
	}, func(into, from *PermissionChange) { into.Verbs = append(into.Verbs, from.Verbs...) })
	return joined(changes, func(a, b *PermissionChange) bool {
		return compareThing(*a, *b) == 0 && slices.Equal(a.Verbs, b.Verbs) && len(a.Names) > 0 && len(b.Names) > 0
	}, func(into, from *PermissionChange) { into.Names = append(into.Names, from.Names...) })
}

// joined merges neighbours that are alike, their grants included.
func joined(changes []PermissionChange, alike func(a, b *PermissionChange) bool, merge func(into, from *PermissionChange)) []PermissionChange {
	var kept []PermissionChange
	for i := range changes {
		if last := len(kept) - 1; last >= 0 && alike(&kept[last], &changes[i]) {
			merge(&kept[last], &changes[i])
			for _, g := range changes[i].Grants {
				if !slices.ContainsFunc(kept[last].Grants, func(k Grant) bool { return keyOfGrant(&k) == keyOfGrant(&g) }) {
					kept[last].Grants = append(kept[last].Grants, g)
				}
			}
			continue
		}
		kept = append(kept, changes[i])
	}
	return kept
}
