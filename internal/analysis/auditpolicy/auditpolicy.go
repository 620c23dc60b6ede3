// Package auditpolicy says how an audit policy logs a request: the first rule that
// matches decides, and a request that no rule matches is not logged.
package auditpolicy

import (
	"slices"
	"strings"

	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"
)

// Request is what a policy sees of a request. Path is set for requests that are not
// for a resource, and only for those.
type Request struct {
	User        string
	Groups      []string
	Verb        string
	APIGroup    string
	Resource    string
	Subresource string
	Namespace   string
	Name        string
	Path        string
}

// Decision is how a request is logged. Rule is the index of the rule that decides,
// -1 when none matches.
type Decision struct {
	Level auditv1.Level
	Rule  int
}

// Decide evaluates a policy as k8s.io/apiserver/pkg/audit/policy does.
func Decide(policy *auditv1.Policy, r *Request) Decision {
	for i := range policy.Rules {
		if matches(&policy.Rules[i], r) {
			return Decision{Level: policy.Rules[i].Level, Rule: i}
		}
	}
	return Decision{Level: auditv1.LevelNone, Rule: -1}
}

// Logs reports whether a level writes at least what another does.
func Logs(level, atLeast auditv1.Level) bool { return rank(level) >= rank(atLeast) }

func rank(level auditv1.Level) int {
	switch level {
	case auditv1.LevelMetadata:
		return 1
	case auditv1.LevelRequest:
		return 2
	case auditv1.LevelRequestResponse:
		return 3
	default:
		return 0
	}
}

func matches(rule *auditv1.PolicyRule, r *Request) bool {
	if len(rule.Users) > 0 && !slices.Contains(rule.Users, r.User) {
		return false
	}
	if len(rule.UserGroups) > 0 && !slices.ContainsFunc(r.Groups, func(group string) bool { return slices.Contains(rule.UserGroups, group) }) {
		return false
	}
	if len(rule.Verbs) > 0 && !slices.Contains(rule.Verbs, r.Verb) {
		return false
	}
	switch {
	case len(rule.Namespaces) > 0 || len(rule.Resources) > 0:
		return r.Path == "" && matchesResource(rule, r)
	case len(rule.NonResourceURLs) > 0:
		return r.Path != "" && slices.ContainsFunc(rule.NonResourceURLs, func(spec string) bool { return matchesPath(r.Path, spec) })
	default:
		return true
	}
}

func matchesPath(path, spec string) bool {
	return spec == "*" || spec == path ||
		strings.HasSuffix(spec, "*") && strings.HasPrefix(path, strings.TrimRight(spec, "*"))
}

func matchesResource(rule *auditv1.PolicyRule, r *Request) bool {
	if len(rule.Namespaces) > 0 && !slices.Contains(rule.Namespaces, r.Namespace) {
		return false
	}
	if len(rule.Resources) == 0 {
		return true
	}
	for i := range rule.Resources {
		resources := &rule.Resources[i]
		if resources.Group != r.APIGroup && resources.Group != "*" {
			continue
		}
		if len(resources.Resources) == 0 {
			return true
		}
		if len(resources.ResourceNames) > 0 && !slices.Contains(resources.ResourceNames, r.Name) {
			continue
		}
		if slices.ContainsFunc(resources.Resources, r.isResource) {
			return true
		}
	}
	return false
}

// isResource matches "pods", "pods/exec", "*", "*/exec" and "pods/*".
func (r *Request) isResource(spec string) bool {
	resource, subresource, divided := strings.Cut(spec, "/")
	switch {
	case spec == "*":
		return true
	case !divided:
		return r.Subresource == "" && resource == r.Resource
	case subresource == "*" && resource == r.Resource:
		return true
	case resource == "*":
		return r.Subresource != "" && subresource == r.Subresource
	default:
		return resource == r.Resource && subresource == r.Subresource
	}
}
