package least

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"holdfast.dev/holdfast/internal/analysis/rbac"
)

// cell is what a rule allows at its finest: one verb on one resource, "pods/log"
// being one of its own, or on a URL that is none.
type cell struct{ verb, group, resource, url string }

func cellOf(r *rbac.Request) cell {
	if r.Path != "" {
		return cell{verb: r.Verb, url: r.Path}
	}
	c := cell{verb: r.Verb, group: r.Group, resource: r.Resource}
	if r.Subresource != "" {
		c.resource += "/" + r.Subresource
	}
	return c
}

// grantable reports whether a rule can name the cell without a wildcard.
func (c cell) grantable() bool {
	if strings.Contains(c.verb+c.group+c.resource+c.url, "*") {
		return false
	}
	return c.verb != "" && (c.resource != "" || c.url != "")
}

// rule allows the cell: with no names for every object.
func (c cell) rule(names ...string) rbacv1.PolicyRule {
	if c.url != "" {
		return rbacv1.PolicyRule{Verbs: []string{c.verb}, NonResourceURLs: []string{c.url}}
	}
	return rbacv1.PolicyRule{Verbs: []string{c.verb}, APIGroups: []string{c.group}, Resources: []string{c.resource}, ResourceNames: names}
}

func (c cell) compare(other cell) int {
	return cmp.Or(
		strings.Compare(c.url, other.url), strings.Compare(c.group, other.group),
		strings.Compare(c.resource, other.resource), strings.Compare(c.verb, other.verb),
	)
}

// names are the objects that a cell allows: nil for all of them.
type names map[string]bool

func (n names) sorted() []string { return slices.Sorted(maps.Keys(n)) }

// rights is what one scope allows, or is to allow.
type rights map[cell]names

// allowAll makes a cell allow every object.
func (r rights) allowAll(c cell) { r[c] = nil }

// allow adds one object to a cell.
func (r rights) allow(c cell, name string) {
	known, ok := r[c]
	if ok && known == nil {
		return
	}
	if known == nil {
		known = names{}
		r[c] = known
	}
	known[name] = true
}

// cells are in the order of compare.
func (r rights) cells() []cell {
	return slices.SortedFunc(maps.Keys(r), cell.compare)
}

// minus leaves out what other allows.
func (r rights) minus(other rights) {
	for c, own := range r {
		theirs, ok := other[c]
		switch {
		case !ok:
		case theirs == nil:
			delete(r, c)
		case own != nil:
			maps.DeleteFunc(own, func(name string, _ bool) bool { return theirs[name] })
			if len(own) == 0 {
				delete(r, c)
			}
		}
	}
}

// rules are the fewest rules that allow the rights and nothing else, where the
// names of a cell stay together and a rule has the names of all its cells: see
// cover. Groups whose rules are alike share them.
func (r rights) rules() []rbacv1.PolicyRule {
	type slot struct{ names, group string }
	resources := map[slot]map[string]map[string]bool{}
	urls := map[string]map[string]bool{}
	add := func(to map[string]map[string]bool, row, verb string) {
		if to[row] == nil {
			to[row] = map[string]bool{}
		}
		to[row][verb] = true
	}
	for c, own := range r {
		if c.url != "" {
			add(urls, c.url, c.verb)
			continue
		}
		at := slot{names: strings.Join(own.sorted(), "\x00"), group: c.group}
		if own == nil {
			at.names = "\x00" // no name is empty, so this is no list of names
		}
		if resources[at] == nil {
			resources[at] = map[string]map[string]bool{}
		}
		add(resources[at], c.resource, c.verb)
	}
	var rules []rbacv1.PolicyRule
	for at, rows := range resources {
		for _, b := range cover(rows) {
			rule := rbacv1.PolicyRule{Verbs: b.verbs, APIGroups: []string{at.group}, Resources: b.resources}
			if at.names != "\x00" {
				rule.ResourceNames = strings.Split(at.names, "\x00")
			}
			rules = append(rules, rule)
		}
	}
	rules = shareGroups(rules)
	for _, b := range cover(urls) {
		rules = append(rules, rbacv1.PolicyRule{Verbs: b.verbs, NonResourceURLs: b.resources})
	}
	return rules
}

// shareGroups sorts rules and makes one of those that differ in their group only.
func shareGroups(rules []rbacv1.PolicyRule) []rbacv1.PolicyRule {
	slices.SortFunc(rules, func(a, b rbacv1.PolicyRule) int {
		return cmp.Or(
			slices.Compare(a.Resources, b.Resources), slices.Compare(a.ResourceNames, b.ResourceNames),
			slices.Compare(a.Verbs, b.Verbs), slices.Compare(a.APIGroups, b.APIGroups),
		)
	})
	var shared []rbacv1.PolicyRule
	for _, rule := range rules {
		if last := len(shared) - 1; last >= 0 && slices.Equal(shared[last].Resources, rule.Resources) &&
			slices.Equal(shared[last].Verbs, rule.Verbs) && slices.Equal(shared[last].ResourceNames, rule.ResourceNames) {
			shared[last].APIGroups = append(shared[last].APIGroups, rule.APIGroups...)
			continue
		}
		shared = append(shared, rule)
	}
	slices.SortStableFunc(shared, func(a, b rbacv1.PolicyRule) int { return slices.Compare(a.APIGroups, b.APIGroups) })
	return shared
}

// request asks for the cell on one object.
func (c cell) request(namespace, name string) rbac.Request {
	r := rbac.Request{Verb: c.verb, Group: c.group, Namespace: namespace, Name: name}
	r.Resource, r.Subresource, _ = strings.Cut(c.resource, "/")
	if c.group == "" && r.Resource == "namespaces" && name != "" {
		r.Namespace = name // as the API server has it, see rbac.Request
	}
	return r
}
