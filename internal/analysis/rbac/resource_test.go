package rbac

import (
	"fmt"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// defined is a policy with two definitions of custom resources. More is written as
// for policy.
func defined(t testing.TB, more string) *snapshot.View {
	t.Helper()
	put := func(name, spec string) snapshot.Change {
		id := model.ID{Group: definitions.Group, Kind: definitions.Kind, Name: name}
		return snapshot.Change{Put: &snapshot.Object{Ref: model.Ref{ID: id, Version: "v1"}, Body: snapshot.JSON(`{"spec":` + spec + `}`)}}
	}
	return policy(t, "kind: ClusterRole\nmetadata: {name: none}\n"+more).Snapshot().With(
		put("backups.example.com", `{"group":"example.com","scope":"Namespaced","versions":[{"name":"v1","subresources":{"status":{}}}],
			"names":{"plural":"backups","singular":"backup","kind":"DataBackup","shortNames":["bk","po"]}}`),
		put("sites.example.com", `{"group":"example.com","scope":"Cluster","names":{"plural":"sites","singular":"site","kind":"Site"}}`),
	).View()
}

func TestFindResource(t *testing.T) {
	v := defined(t, "")
	for word, want := range map[string]string{
		"pods": "pods", "pod": "pods", "po": "pods", "Pod": "pods", "PODS": "pods",
		"deploy": "deployments.apps", "deployments.apps": "deployments.apps", "Deployment.v1.apps": "deployments.apps",
		"events": "events", "events.events.k8s.io": "events.events.k8s.io", "ev": "events",
		"ingress": "ingresses.networking.k8s.io", "netpol": "networkpolicies.networking.k8s.io", "crds": "customresourcedefinitions.apiextensions.k8s.io",
		"backups": "backups.example.com", "bk": "backups.example.com", "databackup": "backups.example.com", "po.example.com": "backups.example.com",
		"users": "users", "signers": "signers.certificates.k8s.io", "*": "*.*", "*.apps": "*.apps",
	} {
		if got, ok := FindResource(v, word); !ok || got.String() != want {
			t.Errorf("%s: %s, %t, want %s", word, got, ok, want)
		}
	}
	for word, want := range map[string]string{"deployments.example.com": "deployments.example.com", "Nothing": "nothing", "pods.apps": "pods.apps", "": ""} {
		if got, ok := FindResource(v, word); ok || got.String() != want || !got.Namespaced {
			t.Errorf("%s: %s, %t", word, got, ok)
		}
	}
}

func TestQuestion(t *testing.T) {
	v := defined(t, "")
	for text, want := range map[string]string{
		// verb resource [name] in the namespace shop
		"get pods":                        "get pods//@shop",
		"create pods/exec":                "create pods/exec/@shop",
		"create pods/exec web":            "create pods/exec/web@shop",
		"get pods/web":                    "get pods//web@shop",
		"get pods/status":                 "get pods/status/@shop",
		"get secrets/status":              "get secrets//status@shop",
		"get nodes/proxy n1":              "get nodes/proxy/n1@",
		"get nodes/stats":                 "get nodes/stats/@",
		"get namespaces shop":             "get namespaces//shop@shop",
		"get ns other":                    "get namespaces//other@other",
		"list namespaces":                 "list namespaces//@",
		"get sites":                       "get sites.example.com//@",
		"get backups/status x":            "get backups.example.com/status/x@shop",
		"get backups/scale":               "get backups.example.com//scale@shop",
		"get gizmos.x.io/scale":           "get gizmos.x.io/scale/@shop",
		"bind clusterroles/view":          "bind clusterroles.rbac.authorization.k8s.io//view@shop",
		"get clusterroles view":           "get clusterroles.rbac.authorization.k8s.io//view@",
		"impersonate users/jane":          "impersonate users//jane@shop",
		"impersonate userextras/scopes x": "impersonate userextras.authentication.k8s.io/scopes/x@shop",
		"approve signers":                 "approve signers.certificates.k8s.io//@shop",
		"update */scale":                  "update *.*/scale/@shop",
		"* *":                             "* *.*//@shop",
	} {
		words := append(strings.Fields(text), "")
		r, notes, err := Question{Verb: words[0], Resource: words[1], Name: words[2], Namespace: "shop"}.Request(v)
		if got := fmt.Sprintf("%s %s/%s/%s@%s", r.Verb, Resource{Group: r.Group, Name: r.Resource}, r.Subresource, r.Name, r.Namespace); err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", text, got, err, want)
		}
		if len(notes) > 0 && !strings.Contains(text, "gizmos") {
			t.Errorf("%s: %v", text, notes)
		}
	}
	for _, q := range []Question{
		{Verb: "get"}, {Resource: "pods"}, {Verb: "get", Resource: "."}, {Resource: "/x"}, {Verb: "get", Resource: "/x", Name: "y"}, {Verb: "get", Resource: "/x", Subresource: "y"},
		{Verb: "get", Resource: "pods/web", Name: "db"}, {Verb: "get", Resource: "pods/log", Subresource: "exec"},
	} {
		if r, _, err := q.Request(v); err == nil {
			t.Errorf("%+v became %+v", q, r)
		}
	}
}

func TestDidYouMean(t *testing.T) {
	v := defined(t, `---
kind: ClusterRole
metadata: {name: r}
rules: [{apiGroups: [tekton.dev], resources: [taskruns, pipelines/status], verbs: [get]}]
`)
	for text, want := range map[string]string{
		"gte pods":        `"gte" is no verb of the API: did you mean get?`,
		"frobnicate pods": `"frobnicate" is no verb of the API`,
		"put /x":          "",
		"list /x":         `"list" is no verb of the API`,
		"get pdos":        "nothing that was read defines the resource pdos: did you mean pods?",
		"get backup":      "",
		"get bakcups":     "nothing that was read defines the resource bakcups: did you mean backups?",
		"get pods.apps":   "nothing that was read defines the resource pods.apps: did you mean pods?",
		"get taskruns":    "nothing that was read defines the resource taskruns: did you mean taskruns.tekton.dev?",
		"get xylophones":  "nothing that was read defines the resource xylophones, but not all CustomResourceDefinitions are known: it is taken as one that lies in namespaces",
	} {
		words := strings.Fields(text)
		_, notes, err := Question{Verb: words[0], Resource: words[1], Namespace: "shop"}.Request(v)
		if got := strings.Join(notes, "|"); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", text, got, err, want)
		}
	}
}

func TestEditDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"pods", "pods", 0}, {"pdos", "pods", 1}, {"pod", "pods", 1}, {"secrts", "secrets", 1}, {"kitten", "sitting", 3}, {"ca", "abc", 3}} {
		if got := editDistance(c.a, c.b); got != c.want {
			t.Errorf("%q, %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func FuzzQuestion(f *testing.F) {
	v := defined(f, "")
	for _, seed := range [][3]string{{"get", "pods/exec", ""}, {"get", "/healthz", ""}, {"*", "*", "x"}, {"get", "a/b/c", ""}, {"get", "x.v1.y", ""}, {"get", "userextras/a/b", ""}} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, verb, resource, name string) {
		r, _, err := Question{Verb: verb, Resource: resource, Name: name, Namespace: "shop"}.Request(v)
		if err == nil && (r.Verb == "" || (r.Path == "") == (r.Resource == "")) {
			t.Errorf("%q %q %q became %+v", verb, resource, name, r)
		}
	})
}
