package auditlog

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"
	"k8s.io/apiserver/pkg/authentication/serviceaccount"
	"k8s.io/apiserver/pkg/authentication/user"

	"holdfast.dev/holdfast/internal/analysis/least"
	"holdfast.dev/holdfast/internal/analysis/rbac"
)

// What the impersonation filter asks about: pkg/endpoints/filters/impersonation of
// k8s.io/apiserver.
const (
	impersonate         = "impersonate"
	authenticationGroup = "authentication.k8s.io"
	nodePrefix          = "system:node:"
	modePrefix          = "impersonate:"
	associatedNodeMode  = "associated-node"
)

// decided reports whether the stage comes after authorization. A request has at most
// ResponseStarted (only those that last) and one of the other two.
func decided(stage auditv1.Stage) bool {
	return stage == auditv1.StageResponseComplete || stage == auditv1.StageResponseStarted || stage == auditv1.StagePanic
}

// uses are the requests that were authorized for one event: the request itself, as
// whom it was made; what is created by an update or a patch, which the API server
// asks for as well (pkg/endpoints/handlers/update.go); and for an impersonation
// what the one who impersonated needed.
func (e *event) uses() []least.Use {
	request := e.request()
	effective := &e.User
	if e.Impersonated != nil {
		effective = e.Impersonated
	}
	first := least.Use{Who: identity(effective), Request: request, Verdict: e.verdict(), At: e.at()}
	first.By = e.authorizer(first.Who.Groups)
	uses := []least.Use{first}
	if first.Verdict == rbac.Allows && e.Response != nil && e.Response.Code == http.StatusCreated && (request.Verb == "update" || request.Verb == "patch") {
		created := first
		created.Request.Verb = "create"
		uses = append(uses, created)
	}
	if e.Impersonated == nil {
		return uses
	}
	who := identity(&e.User)
	by := least.NotSaid
	if slices.Contains(who.Groups, user.SystemPrivilegedGroup) {
		by = least.Masters
	}
	for _, r := range e.impersonations(request) {
		uses = append(uses, least.Use{Who: who, Request: r, Verdict: rbac.Allows, By: by, At: first.At})
	}
	return uses
}

func identity(a *account) rbac.Identity { return rbac.Identity{User: a.Username, Groups: a.Groups} }

func (e *event) request() rbac.Request {
	if request, ok := parseURI(e.Verb, e.RequestURI); ok {
		return request
	}
	request := rbac.Request{Verb: e.Verb}
	if o := e.Object; o != nil {
		request.Group, request.Resource, request.Subresource = o.APIGroup, o.Resource, o.Subresource
		request.Namespace, request.Name = o.Namespace, o.Name
		if request.Verb == "create" && request.Subresource == "" {
			request.Name = "" // it was taken from the body, see LogRequestObject of pkg/audit/request.go
		}
	}
	return request
}

// at is when the request came. An event that waits long for its response was
// authorized when it came.
func (e *event) at() time.Time {
	if e.Received.IsZero() {
		return e.Staged
	}
	return e.Received
}

// verdict is what the authorization filter noted. Where it noted nothing, what was
// served was allowed, and of the rest it is not known.
func (e *event) verdict() rbac.Verdict {
	switch e.Annotations.Decision {
	case "allow":
		return rbac.Allows
	case "forbid":
		return rbac.Denies
	}
	if e.Response != nil && e.Response.Code >= 100 && e.Response.Code < http.StatusBadRequest {
		return rbac.Allows
	}
	if e.Response != nil && (e.Response.Code == http.StatusUnauthorized || e.Response.Code == http.StatusForbidden) {
		return rbac.Denies
	}
	return rbac.Unknown
}

func (e *event) authorizer(groups []string) least.Authorizer {
	switch {
	case strings.HasPrefix(e.Annotations.Reason, "RBAC: "):
		return least.RBAC
	case slices.Contains(groups, user.SystemPrivilegedGroup):
		return least.Masters
	case e.Annotations.Reason != "":
		return least.Other
	case slices.Contains(groups, user.NodesGroup):
		return least.Node
	default:
		return least.NotSaid
	}
}

// impersonations are what the user needed to act as another one. Groups that the
// API server adds by itself are not asked for; where a client names just these, the
// log looks the same, and they are taken as added.
func (e *event) impersonations(request rbac.Request) []rbac.Request {
	who := e.Impersonated
	verb, group := impersonate, ""
	var asked []rbac.Request
	mode := ""
	if e.Metadata != nil && strings.HasPrefix(e.Metadata.Constraint, modePrefix) {
		mode = strings.TrimPrefix(e.Metadata.Constraint, modePrefix)
		verb, group = e.Metadata.Constraint, authenticationGroup
		on := request
		on.Verb = "impersonate-on:" + mode + ":" + request.Verb
		asked = append(asked, on)
	}
	added := map[string]bool{user.AllAuthenticated: true, user.AllUnauthenticated: true}
	name := rbac.Request{Verb: verb, Group: group, Resource: "users", Name: who.Username}
	if namespace, account, err := serviceaccount.SplitUsername(who.Username); err == nil {
		name.Resource, name.Namespace, name.Name = "serviceaccounts", namespace, account
		for _, fixed := range serviceaccount.MakeGroupNames(namespace) {
			added[fixed] = true
		}
	} else if node, ok := strings.CutPrefix(who.Username, nodePrefix); ok && mode != "" {
		name.Resource, name.Name = "nodes", node
		if mode == associatedNodeMode {
			name.Name = "*"
		}
		added[user.NodesGroup] = true
	}
	asked = append(asked, name)
	if who.UID != "" {
		asked = append(asked, rbac.Request{Verb: verb, Group: authenticationGroup, Resource: "uids", Name: who.UID})
	}
	for _, g := range who.Groups {
		if !added[g] {
			asked = append(asked, rbac.Request{Verb: verb, Group: group, Resource: "groups", Name: g})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(who.Extra)) {
		for _, value := range who.Extra[key] {
			asked = append(asked, rbac.Request{Verb: verb, Group: authenticationGroup, Resource: "userextras", Subresource: key, Name: value})
		}
	}
	return asked
}
