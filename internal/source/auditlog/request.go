package auditlog

import (
	"net/url"
	"strings"

	"k8s.io/apimachinery/pkg/api/validate/content"
	"k8s.io/apimachinery/pkg/apis/meta/internalversion"
	"k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/analysis/rbac"
)

// parseURI is what the authorizer was asked, by the request's URI, as
// NewRequestInfo of k8s.io/apiserver/pkg/endpoints/request makes it. The objectRef
// of an event does not say: the name of what is created is written into it from the
// body. The verb is the event's. It reports false for what is no URI of a request.
func parseURI(verb, uri string) (rbac.Request, bool) {
	parsed, err := url.ParseRequestURI(uri)
	if err != nil {
		return rbac.Request{}, false
	}
	request := rbac.Request{Verb: verb, Path: parsed.Path}
	parts := strings.Split(strings.Trim(parsed.Path, "/"), "/")
	if len(parts) < 3 || parts[0] != "api" && parts[0] != "apis" {
		return request, true
	}
	group := ""
	if parts[0] == "apis" {
		if len(parts) < 4 {
			return request, true
		}
		group, parts = parts[1], parts[1:]
	}
	parts = parts[2:]                                     // without the prefix or the group, and the version
	special := parts[0] == "proxy" || parts[0] == "watch" // a verb of old, whose selector nobody looks at
	if special {
		if len(parts) < 2 {
			return request, true
		}
		parts = parts[1:]
	}
	request.Path, request.Group = "", group
	if parts[0] == "namespaces" && len(parts) > 1 {
		request.Namespace = parts[1]
		if len(parts) > 2 && parts[2] != "status" && parts[2] != "finalize" {
			parts = parts[2:]
		}
	}
	request.Resource = parts[0]
	if len(parts) > 1 {
		request.Name = parts[1]
	}
	if len(parts) > 2 && verb != "proxy" {
		request.Subresource = parts[2]
	}
	if request.Name == "" && !special && (verb == "list" || verb == "watch") {
		request.Name = selectedName(parsed.Query())
	}
	return request, true
}

// selectedName is the one name that a field selector admits: the authorizer sees
// it. Options that the API server cannot parse it takes for none.
func selectedName(query url.Values) string {
	if !query.Has("fieldSelector") {
		return ""
	}
	var options internalversion.ListOptions
	if err := scheme.ParameterCodec.DecodeParameters(query, metav1.SchemeGroupVersion, &options); err != nil || options.FieldSelector == nil {
		return ""
	}
	name, ok := options.FieldSelector.RequiresExactMatch("metadata.name")
	if !ok || len(content.IsPathSegmentName(name)) > 0 {
		return ""
	}
	return name
}
