package live

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"holdfast.dev/holdfast/test/cluster"
)

// access makes a ClusterRole and a binding of it that gives somebody rules: with a
// namespace a RoleBinding there.
func access(t *testing.T, c *cluster.Cluster, name, namespace string, rules ...map[string]any) {
	t.Helper()
	const api = "rbac.authorization.k8s.io"
	list := make([]any, len(rules))
	for i := range rules {
		list[i] = rules[i]
	}
	createOne(t, c, &unstructured.Unstructured{Object: map[string]any{"apiVersion": api + "/v1", "kind": "ClusterRole", "metadata": map[string]any{"name": name}, "rules": list}})
	binding := map[string]any{
		"apiVersion": api + "/v1", "kind": "ClusterRoleBinding", "metadata": map[string]any{"name": name},
		"roleRef":  map[string]any{"apiGroup": api, "kind": "ClusterRole", "name": name},
		"subjects": []any{map[string]any{"apiGroup": api, "kind": "User", "name": name}},
	}
	if namespace != "" {
		binding["kind"], binding["metadata"] = "RoleBinding", map[string]any{"name": name, "namespace": namespace}
	}
	createOne(t, c, &unstructured.Unstructured{Object: binding})
}

func rule(group, verbs string, resources ...any) map[string]any {
	var list []any
	for _, verb := range strings.Fields(verbs) {
		list = append(list, verb)
	}
	return map[string]any{"apiGroups": []any{group}, "resources": resources, "verbs": list}
}

// Who may not list what decides gets no "no", and never hears that nobody can.
func TestForbiddenListsMakeAnswersUnknown(t *testing.T) {
	c := shared.Start(t)
	blind := as(t, c, c.ConfigFor(t, "blind"))
	for _, args := range [][]string{
		{"can", "user:someone", "get", "secrets"}, {"who-can", "create", "limitranges"}, {"effective", "user:someone"},
	} {
		stdout, stderr, status := blind.run(append([]string{"rbac"}, args...)...)
		if status != 2 || bytes.Contains(stdout, []byte("no: ")) || bytes.Contains(stdout, []byte("nobody can")) || bytes.Contains(stdout, []byte("may do nothing")) {
			t.Errorf("%v: status %d, %s%s", args, status, stdout, stderr)
		}
		if !bytes.Contains(bytes.Join(bytes.Fields(stdout), []byte(" ")), []byte(`user "blind" needs the verb list on clusterroles`)) {
			t.Errorf("%v: no reason: %s", args, stdout)
		}
	}
}

// Who may list the four kinds of RBAC and nothing else gets certain answers: nothing
// else is read, and what is not known of custom resources makes nothing unknown.
func TestQuestionsReadOnlyWhatDecides(t *testing.T) {
	c := shared.Start(t)
	access(t, c, "auditor", "", rule("rbac.authorization.k8s.io", "list", "roles", "rolebindings", "clusterroles", "clusterrolebindings"))
	access(t, c, "jane", "default", rule("", "get list", "secrets"), rule("", "create", "limitranges", "nodes"))
	auditor := as(t, c, c.ConfigFor(t, "auditor"))
	await(t, "the auditor's rights", func() string {
		if stdout, _, status := auditor.run("rbac", "can", "user:jane", "get", "secrets"); status != 0 {
			return string(stdout)
		}
		return ""
	})
	for _, verb := range []string{"get", "delete"} {
		for _, resource := range []string{"secrets", "pods", "nodes", "limitranges"} {
			for _, namespace := range []string{"default", "kube-system"} {
				_, stderr, status := auditor.run("rbac", "can", "user:jane", verb, resource, "-n", namespace, "-o", "json")
				if want := reviewed(t, c, "jane", verb, resource, namespace); status != want {
					t.Errorf("%s %s in %s: status %d, want %d: %s", verb, resource, namespace, status, want, stderr)
				}
			}
		}
	}
	stdout, stderr, status := auditor.run("rbac", "who-can", "create", "limitranges", "-o", "json")
	if status != 0 || !strings.Contains(string(stdout), `"subject":{"kind":"User","name":"jane"},"namespace":"default"`) {
		t.Errorf("status %d, %s%s", status, stdout, stderr)
	}
	var document struct {
		Gaps []json.RawMessage `json:"gaps"`
	}
	if err := json.Unmarshal(stdout, &document); err != nil || len(document.Gaps) > 0 {
		t.Errorf("%v, gaps: %s", err, document.Gaps)
	}
	if stdout, _, status = auditor.run("rbac", "effective", "user:jane"); status != 0 || bytes.Contains(stdout, []byte("nodes")) {
		t.Errorf("status %d, %s", status, stdout)
	}
}

// reviewed is the exit status that a SubjectAccessReview calls for.
func reviewed(t *testing.T, c *cluster.Cluster, user, verb, resource, namespace string) int {
	t.Helper()
	if resource == "nodes" {
		namespace = ""
	}
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: user, Groups: []string{"system:authenticated"},
		ResourceAttributes: &authorizationv1.ResourceAttributes{Verb: verb, Resource: resource, Namespace: namespace},
	}}
	answer, err := c.Client().AuthorizationV1().SubjectAccessReviews().Create(t.Context(), review, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if answer.Status.Allowed {
		return 0
	}
	return 1
}

// A snapshot of all that a cluster lists answers as the cluster does, and a difference
// finds what was given in between and nothing else.
func TestDiffOfSnapshots(t *testing.T) {
	c := shared.Start(t)
	u := as(t, c, c.Config())
	for i, name := range []string{"before", "after"} {
		if i > 0 {
			access(t, c, "newcomer", "default", rule("apps", "get", "deployments"))
		}
		if _, stderr, _ := u.run("snapshot", "save", "--all-resources", name); bytes.Contains(stderr, []byte("Error")) {
			t.Fatal(string(stderr))
		}
	}
	stdout, stderr, status := u.run("rbac", "diff", "--fail-on-new", "before", "after", "-o", "csv")
	want := "change,subject,scope,resource,verbs,by,where\ngained,User newcomer,default,deployments.apps,get,ClusterRole newcomer,\n"
	if string(stdout) != want || status != 1 {
		t.Errorf("status %d, %s%s", status, stdout, stderr)
	}
	for _, file := range []string{"before", "after"} {
		if stdout, _, status := u.run("rbac", "can", "user:newcomer", "get", "deployments", "-f", file); status != map[string]int{"before": 1, "after": 0}[file] {
			t.Errorf("%s: %s", file, stdout)
		}
	}
}
