package auditlog

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apiserver/pkg/endpoints/request"
	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/analysis/rbac"
)

// What the API server makes of a request is what parseURI makes of its URI and of
// the verb that the API server writes into the event.
func TestParseURIAgreesWithTheServer(t *testing.T) {
	factory := request.RequestInfoFactory{APIPrefixes: sets.NewString("api", "apis"), GrouplessAPIPrefixes: sets.NewString("api")}
	segment := rapid.SampledFrom([]string{"pods", "namespaces", "shop", "web", "status", "finalize", "log", "watch", "proxy", "a%2Fb", "", "x.y", "*"})
	rapid.Check(t, func(t *rapid.T) {
		uri := rapid.SampledFrom([]string{"/api/v1", "/apis/apps/v1", "/apis", "/api", "/healthz", "/apis/apps", "/other/v1"}).Draw(t, "prefix")
		for _, part := range rapid.SliceOfN(segment, 0, 6).Draw(t, "parts") {
			uri += "/" + part
		}
		uri += rapid.SampledFrom([]string{
			"", "?watch=true", "?fieldSelector=metadata.name%3Dweb", "?watch=1&fieldSelector=metadata.name=web,metadata.namespace=shop",
			"?fieldSelector=metadata.name!=web", "?fieldSelector=metadata.name=a%2Fb", "?fieldSelector==&limit=3", "?limit=x&fieldSelector=metadata.name=web",
			"?timeoutSeconds=x", "?labelSelector=a=b&fieldSelector=spec.nodeName=n", "?fieldSelector=metadata.name=", "?%zz",
		}).Draw(t, "query")
		method := rapid.SampledFrom([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}).Draw(t, "method")
		asked := httptest.NewRequest(method, "/", http.NoBody)
		parsed, err := url.ParseRequestURI(uri)
		if err != nil {
			t.Skip("no URI")
		}
		asked.URL = parsed
		info, err := factory.NewRequestInfo(asked)
		if err != nil {
			t.Skip("refused before it is authorized")
		}
		want := rbac.Request{Verb: info.Verb, Path: info.Path}
		if info.IsResourceRequest {
			want = rbac.Request{Verb: info.Verb, Group: info.APIGroup, Resource: info.Resource, Subresource: info.Subresource, Namespace: info.Namespace, Name: info.Name}
		}
		if got, ok := parseURI(info.Verb, uri); !ok || got != want {
			t.Fatalf("%s %s:\ngot  %+v\nwant %+v", method, uri, got, want)
		}
	})
}
