package rbac

import (
	"iter"

	rbacv1 "k8s.io/api/rbac/v1"
)

// parts takes a rule apart as BreakdownRule of
// k8s.io/component-helpers/auth/rbac/validation does, in its order, one part at a
// time: a rule can have more parts than memory holds. A part must not be changed.
func parts(rule *rbacv1.PolicyRule) iter.Seq[rbacv1.PolicyRule] {
	return func(yield func(rbacv1.PolicyRule) bool) {
		for g := range rule.APIGroups {
			for r := range rule.Resources {
				for v := range rule.Verbs {
					part := rbacv1.PolicyRule{APIGroups: rule.APIGroups[g : g+1 : g+1], Resources: rule.Resources[r : r+1 : r+1], Verbs: rule.Verbs[v : v+1 : v+1]}
					if len(rule.ResourceNames) == 0 && !yield(part) {
						return
					}
					for n := range rule.ResourceNames {
						part.ResourceNames = rule.ResourceNames[n : n+1 : n+1]
						if !yield(part) {
							return
						}
					}
				}
			}
		}
		for u := range rule.NonResourceURLs {
			for v := range rule.Verbs {
				if !yield(rbacv1.PolicyRule{NonResourceURLs: rule.NonResourceURLs[u : u+1 : u+1], Verbs: rule.Verbs[v : v+1 : v+1]}) {
					return
				}
			}
		}
	}
}

// countParts is the number of parts, without taking the rule apart.
func countParts(rule *rbacv1.PolicyRule) int {
	return len(rule.Verbs) * (len(rule.APIGroups)*len(rule.Resources)*max(1, len(rule.ResourceNames)) + len(rule.NonResourceURLs))
}

// inTurn has for each word of the rule one that has the first word of every other
// field; those of resources and those of URLs are two rules.
func inTurn(rule *rbacv1.PolicyRule) []rbacv1.PolicyRule {
	first := func(words []string) []string { return words[:min(1, len(words))] }
	resource := rbacv1.PolicyRule{
		Verbs: first(rule.Verbs), APIGroups: first(rule.APIGroups), Resources: first(rule.Resources), ResourceNames: first(rule.ResourceNames),
	}
	url := rbacv1.PolicyRule{Verbs: first(rule.Verbs), NonResourceURLs: first(rule.NonResourceURLs)}
	var turns []rbacv1.PolicyRule
	each := func(base rbacv1.PolicyRule, words []string, field func(*rbacv1.PolicyRule) *[]string) {
		for i := range words {
			turn := base
			*field(&turn) = words[i : i+1]
			turns = append(turns, turn)
		}
	}
	each(resource, rule.Verbs, func(r *rbacv1.PolicyRule) *[]string { return &r.Verbs })
	each(resource, rule.APIGroups, func(r *rbacv1.PolicyRule) *[]string { return &r.APIGroups })
	each(resource, rule.Resources, func(r *rbacv1.PolicyRule) *[]string { return &r.Resources })
	each(resource, rule.ResourceNames, func(r *rbacv1.PolicyRule) *[]string { return &r.ResourceNames })
	each(url, rule.Verbs, func(r *rbacv1.PolicyRule) *[]string { return &r.Verbs })
	each(url, rule.NonResourceURLs, func(r *rbacv1.PolicyRule) *[]string { return &r.NonResourceURLs })
	return turns
}
