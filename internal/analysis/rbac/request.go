package rbac

import (
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
)

// Request is what someone wants to do: to a resource, or with Path to a URL that
// is none. Namespace "" is a cluster-scoped resource or all namespaces; a request
// for one Namespace object by name carries that name as Namespace too, as
// k8s.io/apiserver/pkg/endpoints/request/requestinfo.go has it. What files leave
// without a namespace counts in the namespace default. With a Path everything but
// the Verb is left aside.
type Request struct {
	Verb        string
	Group       string
	Resource    string
	Subresource string
	Name        string
	Namespace   string
	Path        string

	// FieldSelector limits a list or a watch, as "spec.nodeName=n1". Only the Node
	// authorizer looks at it.
	FieldSelector string
}

// scope is the namespace whose bindings count beside those of the cluster.
func (r *Request) scope() string {
	if r.Path != "" {
		return ""
	}
	return r.Namespace
}

// allows is RuleAllows of plugin/pkg/auth/authorizer/rbac/rbac.go.
func allows(rule *rbacv1.PolicyRule, r *Request) bool {
	if !slices.Contains(rule.Verbs, rbacv1.VerbAll) && !slices.Contains(rule.Verbs, r.Verb) {
		return false
	}
	if r.Path != "" {
		return slices.ContainsFunc(rule.NonResourceURLs, func(url string) bool { return urlMatches(url, r.Path) })
	}
	if !slices.Contains(rule.APIGroups, rbacv1.APIGroupAll) && !slices.Contains(rule.APIGroups, r.Group) {
		return false
	}
	if len(rule.ResourceNames) > 0 && !slices.Contains(rule.ResourceNames, r.Name) {
		return false
	}
	return slices.ContainsFunc(rule.Resources, func(resource string) bool { return resourceMatches(resource, r) })
}

// resourceMatches is ResourceMatches of pkg/apis/rbac/v1/evaluation_helpers.go: the
// only wildcards are "*" and "*/" before a subresource; "pods/*" means nothing.
func resourceMatches(resource string, r *Request) bool {
	if resource == rbacv1.ResourceAll {
		return true
	}
	if r.Subresource == "" {
		return resource == r.Resource
	}
	kind, subresource, ok := cutLast(resource, r.Subresource)
	return ok && subresource == r.Subresource && (kind == r.Resource || kind == "*")
}

// cutLast cuts "kind/subresource" where the subresource, which may hold slashes
// itself, has the length of the one that is asked for.
func cutLast(resource, like string) (kind, subresource string, ok bool) {
	at := len(resource) - len(like) - 1
	if at < 0 || resource[at] != '/' {
		return "", "", false
	}
	return resource[:at], resource[at+1:], true
}

// urlMatches is NonResourceURLMatches of the same file.
func urlMatches(url, path string) bool {
	return url == rbacv1.NonResourceAll || url == path ||
		strings.HasSuffix(url, "*") && strings.HasPrefix(path, strings.TrimRight(url, "*"))
}
