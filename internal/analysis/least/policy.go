package least

import (
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"

	"holdfast.dev/holdfast/internal/analysis/rbac"
)

// asked is everything that a right allows somebody, for an audit policy to judge:
// who, where and what, of which some is open.
type asked struct {
	who       rbac.Identity // User "" is any member of the groups
	cell      cell
	namespace string // "" is any, or none
	names     []string
}

// unlogged says which rule of an audit policy may keep a use of the right out of
// the log: its index, len(Rules) where none matches, or -1 if every use is logged.
// The first rule that matches decides (k8s.io/apiserver/pkg/audit/policy). A rule
// that may match, and may not, counts as one that does if it logs nothing, and as
// one that does not if it logs.
func unlogged(policy *auditv1.Policy, a *asked) int {
	for i := range policy.Rules {
		rule := &policy.Rules[i]
		may, must := matchesRule(rule, a)
		silent := rule.Level == auditv1.LevelNone ||
			slices.Contains(rule.OmitStages, auditv1.StageResponseComplete) || slices.Contains(policy.OmitStages, auditv1.StageResponseComplete)
		switch {
		case may && silent:
			return i
		case must:
			return -1
		}
	}
	return len(policy.Rules)
}

// match is whether a rule may match something that is partly open, and whether it
// must.
type match struct{ may, must bool }

func (m match) and(other match) match {
	return match{may: m.may && other.may, must: m.must && other.must}
}

func matchesRule(rule *auditv1.PolicyRule, a *asked) (may, must bool) {
	m := match{may: true, must: true}
	if len(rule.Users) > 0 {
		m = m.and(match{may: a.who.User == "" || slices.Contains(rule.Users, a.who.User), must: a.who.User != "" && slices.Contains(rule.Users, a.who.User)})
	}
	if len(rule.UserGroups) > 0 {
		in := slices.ContainsFunc(a.who.Groups, func(group string) bool { return slices.Contains(rule.UserGroups, group) })
		// A service account's groups are known, of others there may be more.
		known := strings.HasPrefix(a.who.User, "system:serviceaccount:")
		m = m.and(match{may: in || !known, must: in})
	}
	if len(rule.Verbs) > 0 {
		m = m.and(oneOf(rule.Verbs, a.cell.verb))
	}
	switch {
	case len(rule.Namespaces) > 0 || len(rule.Resources) > 0:
		m = m.and(matchesResources(rule, a))
	case len(rule.NonResourceURLs) > 0:
		m = m.and(matchesURLs(rule.NonResourceURLs, a))
	}
	return m.may, m.must
}

// oneOf is whether a word, which may be a wildcard, is in a list.
func oneOf(list []string, word string) match {
	in := slices.Contains(list, word)
	return match{may: in || word == rbacv1.VerbAll, must: in}
}

func matchesURLs(specs []string, a *asked) match {
	if a.cell.url == "" {
		return match{}
	}
	var m match
	for _, spec := range specs {
		prefix, open := strings.CutSuffix(spec, "*")
		ours, ourOpen := strings.CutSuffix(a.cell.url, "*")
		switch {
		case open && strings.HasPrefix(ours, prefix), spec == a.cell.url:
			m = match{may: true, must: true}
		case ourOpen && strings.HasPrefix(prefix, ours):
			m.may = true
		}
	}
	return m
}

func matchesResources(rule *auditv1.PolicyRule, a *asked) match {
	if a.cell.url != "" {
		return match{}
	}
	m := match{may: true, must: true}
	if len(rule.Namespaces) > 0 {
		in := slices.Contains(rule.Namespaces, a.namespace)
		m = m.and(match{may: in || a.namespace == "", must: in && a.namespace != ""})
	}
	if len(rule.Resources) == 0 {
		return m
	}
	var any match
	for i := range rule.Resources {
		one := matchesGroup(&rule.Resources[i], a)
		any = match{may: any.may || one.may, must: any.must || one.must}
	}
	return m.and(any)
}

func matchesGroup(resources *auditv1.GroupResources, a *asked) match {
	m := match{may: true, must: true}
	if resources.Group != "*" {
		m = oneOf([]string{resources.Group}, a.cell.group)
	}
	if len(resources.Resources) == 0 {
		return m
	}
	if len(resources.ResourceNames) > 0 {
		outside := slices.ContainsFunc(a.names, func(name string) bool { return !slices.Contains(resources.ResourceNames, name) })
		inside := slices.ContainsFunc(a.names, func(name string) bool { return slices.Contains(resources.ResourceNames, name) })
		m = m.and(match{may: len(a.names) == 0 || inside, must: len(a.names) > 0 && !outside})
	}
	var any match
	for _, spec := range resources.Resources {
		one := matchesSpec(spec, a.cell.resource)
		any = match{may: any.may || one.may, must: any.must || one.must}
	}
	return m.and(any)
}

// matchesSpec compares a resource of an audit policy (pods, pods/log, */log, *, and
// pods/*, which is pods too) with one of a rule (pods, pods/log, */log, *).
func matchesSpec(spec, resource string) match {
	kind, sub, divided := strings.Cut(spec, "/")
	ours, ourSub, oursDivided := strings.Cut(resource, "/")
	switch {
	case spec == "*":
		return match{may: true, must: true}
	case resource == rbacv1.ResourceAll:
		return match{may: true}
	case divided && sub == "*" && !oursDivided:
		return match{may: kind == ours, must: kind == ours}
	case divided != oursDivided:
		return match{}
	case !divided:
		return match{may: kind == ours, must: kind == ours}
	default:
		kinds := match{may: kind == "*" || ours == "*" || kind == ours, must: kind == "*" || kind == ours}
		return kinds.and(match{may: sub == "*" || sub == ourSub, must: sub == "*" || sub == ourSub})
	}
}
