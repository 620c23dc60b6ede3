package cli

import (
	"slices"
	"testing"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// What is read of a cluster is all that an answer looks at: a kind that is missing in
// the list would make every answer Unknown.
func TestRequestReadsWhatItLooksAt(t *testing.T) {
	wanted := append(append(rbacKinds(), nodeKinds()...), definitionKind())
	s := snapshot.New(snapshot.Settings{Live: true, Version: newest()})
	node := rbac.Subject{Kind: "User", Name: "system:node:n1"}.Identities()
	asked := 0
	for _, resource := range []string{"secrets", "configmaps", "pvc", "pv", "nodes", "pods", "leases", "volumeattachments", "resourceclaims", "resourceslices", "csinodes", "sa", "podcertificaterequests", "csr", "events", "services"} {
		for _, verb := range rbac.ServedVerbs() {
			for _, question := range []rbac.Question{
				{Verb: verb, Resource: resource, Namespace: "shop"}, {Verb: verb, Resource: resource, Name: "x", Namespace: "shop"},
				{Verb: verb, Resource: resource, Subresource: "status", Name: "x"}, {Verb: verb, Resource: resource, Subresource: "token", Name: "x", Namespace: "shop"},
			} {
				view := s.View().Trace(func(scope model.Scope) {
					asked++
					if !slices.Contains(wanted, snapshot.GroupKind{Group: scope.Group, Kind: scope.Kind}) {
						t.Errorf("%+v reads %s, which is not read of a cluster", question, scope)
					}
				})
				request, _, err := question.Request(s.View())
				if err != nil {
					t.Fatal(err)
				}
				rbac.WhoCan(view, request)
				rbac.WhoCanAnywhere(view, request)
				rbac.Authorize(view, node, request)
			}
		}
	}
	if asked == 0 {
		t.Error("nothing was read")
	}
}

func TestParseSubject(t *testing.T) {
	for text, want := range map[string]rbac.Subject{
		"user:jane":                        {Kind: "User", Name: "jane"},
		"User:https://issuer#jane":         {Kind: "User", Name: "https://issuer#jane"},
		"group:system:authenticated":       {Kind: "Group", Name: "system:authenticated"},
		"sa:shop/web":                      {Kind: "ServiceAccount", Namespace: "shop", Name: "web"},
		"serviceaccount:shop/web":          {Kind: "ServiceAccount", Namespace: "shop", Name: "web"},
		"system:serviceaccount:shop:web":   {Kind: "ServiceAccount", Namespace: "shop", Name: "web"},
		"user:system:serviceaccount:a:b":   {Kind: "ServiceAccount", Namespace: "a", Name: "b"},
		"user:system:serviceaccount:alone": {Kind: "User", Name: "system:serviceaccount:alone"},
		"user:system:node:n1":              {Kind: "User", Name: "system:node:n1"},
	} {
		if got, err := parseSubject(text); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "jane", "user:", ":jane", "sa:web", "sa:shop/", "sa:/web", "sa:a/b/c", "robot:r2", "system:masters", "system:serviceaccount:shop"} {
		if got, err := parseSubject(text); err == nil {
			t.Errorf("%q became %v", text, got)
		}
	}
}

func FuzzParseSubject(f *testing.F) {
	for _, seed := range []string{"user:jane", "sa:a/b", "system:serviceaccount:a:b", "g:x", ":"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		subject, err := parseSubject(text)
		if err == nil && (subject.Name == "" || (subject.Kind == "ServiceAccount") != (subject.Namespace != "")) {
			t.Errorf("%q became %+v", text, subject)
		}
	})
}
