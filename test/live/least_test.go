package live

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"holdfast.dev/holdfast/internal/analysis/least"
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/source/auditlog"
	"holdfast.dev/holdfast/test/cluster"
)

const worker = "system:serviceaccount:shop:worker"

// A service account that may do everything works; of the log of that, least makes
// roles that the API server takes, with which the account may still do all that it
// did, by the API server's own word, and not what it did not.
func TestLeastOnTheServer(t *testing.T) {
	c := cluster.Start(t, cluster.WithAudit(cluster.AuditEverything))
	for _, namespace := range []string{"shop", "bank", "lend", "other"} {
		c.Namespace(t, namespace)
	}
	account := c.ServiceAccountConfig(t, "shop", "worker")
	wide, err := c.Client().RbacV1().ClusterRoleBindings().Create(t.Context(), &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "wide"}, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "cluster-admin"},
		Subjects: []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: "shop", Name: "worker"}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	client := kubernetes.NewForConfigOrDie(account)
	await(t, "the account to have its rights", func() string { return notAllowed(t, c, worker, rbac.Request{Verb: "get", Resource: "nodes"}) })
	work(t, client, account)
	await(t, "the end of the log", func() string {
		if data, _ := os.ReadFile(c.AuditLog); !bytes.Contains(data, []byte("the-last-request")) {
			return "it is not there"
		}
		return ""
	})

	admin := as(t, c, c.Config())
	stdout, stderr, status := admin.run("rbac", "least", "--from-audit", c.AuditLog, "--subject", "sa:shop/worker", "--kubeconfig", admin.kubeconfig)
	t.Logf("%s%s", stdout, stderr)
	if status != 0 {
		t.Fatalf("exit status %d", status)
	}
	for _, want := range []string{"kept: these roles alone allow all of ", "covered: the present rights allow all", "name: least:serviceaccount:shop:worker:bank"} {
		if !bytes.Contains(stdout, []byte(want)) {
			t.Errorf("the proof does not say %q", want)
		}
	}
	if err := c.Client().RbacV1().ClusterRoleBindings().Delete(t.Context(), wide.Name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	applyAll(t, c, stdout)
	replay(t, c)
}

// work is what the account does.
func work(t *testing.T, client *kubernetes.Clientset, config *rest.Config) {
	ctx := t.Context()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	configMap := func(name string) *corev1.ConfigMap {
		return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}}
	}
	for _, namespace := range []string{"shop", "bank", "lend"} { // bank and lend are alike: one ClusterRole
		_, err := client.CoreV1().ConfigMaps(namespace).Create(ctx, configMap("settings"), metav1.CreateOptions{})
		check(err)
		_, err = client.CoreV1().ConfigMaps(namespace).Get(ctx, "settings", metav1.GetOptions{})
		check(err)
		_, err = client.CoreV1().ConfigMaps(namespace).List(ctx, metav1.ListOptions{FieldSelector: "metadata.name=settings"})
		check(err)
	}
	generated := configMap("")
	generated.GenerateName = "job-"
	made, err := client.CoreV1().ConfigMaps("other").Create(ctx, generated, metav1.CreateOptions{})
	check(err)
	check(client.CoreV1().ConfigMaps("other").Delete(ctx, made.Name, metav1.DeleteOptions{}))
	check(client.CoreV1().ConfigMaps("other").DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "none=such"}))
	_, err = client.CoreV1().ConfigMaps("other").Patch(ctx, "applied", types.ApplyPatchType, // which creates it
		[]byte(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"applied"}}`), metav1.PatchOptions{FieldManager: "test"})
	check(err)
	_, err = client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	check(err)
	_, err = client.CoreV1().Namespaces().Get(ctx, "bank", metav1.GetOptions{})
	check(err)
	_, err = client.AppsV1().Deployments("").List(ctx, metav1.ListOptions{})
	check(err)
	_, err = client.AppsV1().Deployments("shop").List(ctx, metav1.ListOptions{}) // covered by the one before
	check(err)
	_, err = client.CoreV1().RESTClient().Get().AbsPath("/metrics").DoRaw(ctx)
	check(err)
	watching, stop := context.WithTimeout(ctx, time.Second)
	defer stop()
	stream, err := client.CoreV1().RESTClient().Get().Namespace("shop").Resource("secrets").Param("watch", "true").Param("timeoutSeconds", "1").Stream(watching)
	check(err)
	_, _ = io.Copy(io.Discard, stream) // until the server ends it
	stream.Close()
	as := rest.CopyConfig(config)
	as.Impersonate = rest.ImpersonationConfig{UserName: "jane", Groups: []string{"readers"}, Extra: map[string][]string{"reason": {"test"}}}
	_, err = kubernetes.NewForConfigOrDie(as).CoreV1().Secrets("shop").Get(ctx, "none", metav1.GetOptions{})
	if err == nil || !strings.Contains(err.Error(), "forbidden") {
		t.Fatalf("jane: %v", err)
	}
	_, err = client.CoreV1().ConfigMaps("shop").Get(ctx, "the-last-request", metav1.GetOptions{})
	if err == nil {
		t.Fatal("there is an object that nobody made")
	}
}

// applyAll creates the objects of YAML documents.
func applyAll(t *testing.T, c *cluster.Cluster, text []byte) {
	t.Helper()
	documents := strings.Split(string(text), "\n---\n")[1:]
	if len(documents) < 4 {
		t.Fatalf("only %d objects", len(documents))
	}
	for _, document := range documents {
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(document), &object.Object); err != nil {
			t.Fatal(err)
		}
		createOne(t, c, object)
	}
}

// replay asks the API server about every request of the log, and about others.
func replay(t *testing.T, c *cluster.Cluster) {
	source := auditlog.New(auditlog.Options{Paths: []string{c.AuditLog}})
	asked := map[rbac.Request]bool{}
	_, err := source.Read(t.Context(), func(u *least.Use) error {
		if u.Who.User == worker && u.Verdict == rbac.Allows {
			asked[u.Request] = true
		}
		return nil
	}, func(gap model.Gap) { t.Errorf("gap: %+v", gap) })
	if err != nil {
		t.Fatal(err)
	}
	if len(asked) < 20 {
		t.Errorf("only %d requests", len(asked))
	}
	for request := range asked {
		await(t, fmt.Sprintf("%+v to be allowed", request), func() string { return notAllowed(t, c, worker, request) })
	}
	for _, request := range []rbac.Request{
		{Verb: "get", Resource: "configmaps", Namespace: "shop", Name: "another"},
		{Verb: "list", Resource: "configmaps", Namespace: "shop"},
		{Verb: "create", Resource: "configmaps"},
		{Verb: "get", Resource: "nodes", Name: "one"},
		{Verb: "get", Resource: "namespaces", Namespace: "shop", Name: "shop"},
		{Verb: "get", Resource: "secrets", Namespace: "shop"},
		{Verb: "watch", Resource: "secrets", Namespace: "bank"},
		{Verb: "get", Path: "/metrics/more"},
		{Verb: "impersonate", Resource: "users", Name: "joe"},
		{Verb: "impersonate", Resource: "groups", Name: "system:masters"},
		{Verb: "delete", Group: "apps", Resource: "deployments", Namespace: "shop"},
	} {
		if notAllowed(t, c, worker, request) == "" {
			t.Errorf("%+v is still allowed", request)
		}
	}
	t.Logf("%d requests replayed", len(asked))
}

// notAllowed is "" for what the API server allows a service account.
func notAllowed(t *testing.T, c *cluster.Cluster, username string, r rbac.Request) string {
	t.Helper()
	namespace := strings.Split(username, ":")[2]
	spec := authorizationv1.SubjectAccessReviewSpec{User: username, Groups: []string{"system:serviceaccounts", "system:serviceaccounts:" + namespace, "system:authenticated"}}
	if r.Path != "" {
		spec.NonResourceAttributes = &authorizationv1.NonResourceAttributes{Verb: r.Verb, Path: r.Path}
	} else {
		spec.ResourceAttributes = &authorizationv1.ResourceAttributes{
			Verb: r.Verb, Group: r.Group, Resource: r.Resource, Subresource: r.Subresource, Namespace: r.Namespace, Name: r.Name,
		}
	}
	answer, err := c.Client().AuthorizationV1().SubjectAccessReviews().Create(t.Context(), &authorizationv1.SubjectAccessReview{Spec: spec}, metav1.CreateOptions{})
	switch {
	case err != nil:
		t.Fatal(err)
	case answer.Status.Allowed:
		return ""
	}
	return "denied: " + answer.Status.Reason
}

// What unused says of the same work: the wildcards were used in part, the rest not.
func TestUnusedOnTheServer(t *testing.T) {
	c := cluster.Start(t, cluster.WithAudit(cluster.AuditEverything))
	c.Namespace(t, "shop")
	account := c.ServiceAccountConfig(t, "shop", "worker")
	role := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: "worker"}, Rules: []rbacv1.PolicyRule{
		{Verbs: []string{"get", "delete"}, APIGroups: []string{""}, Resources: []string{"configmaps"}},
	}}
	binding := &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "worker"}, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "worker"},
		Subjects: []rbacv1.Subject{{Kind: "Group", APIGroup: rbacv1.GroupName, Name: "system:serviceaccounts:shop"}}}
	if _, err := c.Client().RbacV1().Roles("shop").Create(t.Context(), role, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Client().RbacV1().RoleBindings("shop").Create(t.Context(), binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	client := kubernetes.NewForConfigOrDie(account)
	await(t, "the account to have its rights", func() string {
		_, err := client.CoreV1().ConfigMaps("shop").Get(t.Context(), "kube-root-ca.crt", metav1.GetOptions{})
		if err != nil && strings.Contains(err.Error(), "forbidden") {
			return err.Error()
		}
		return ""
	})
	log := filepath.Join(t.TempDir(), "audit.log")
	await(t, "the end of the log", func() string {
		data, _ := os.ReadFile(c.AuditLog)
		if !bytes.Contains(data, []byte(`"authorization.k8s.io/reason":"RBAC: allowed by RoleBinding \"worker/shop\"`)) {
			return "it is not there"
		}
		whole := data[:bytes.LastIndexByte(data, '\n')+1] // the API server goes on writing
		if err := os.WriteFile(log, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		return ""
	})
	stdout, stderr, status := as(t, c, c.Config()).run("rbac", "unused", "--from-audit", log, "-o", "json")
	if status != 0 {
		t.Fatalf("exit status %d: %s%s", status, stdout, stderr)
	}
	var answer struct {
		Items []struct{ Outcome, Verb, Resource string }
	}
	if err := json.Unmarshal(stdout, &answer); err != nil {
		t.Fatal(err)
	}
	if len(answer.Items) != 1 || answer.Items[0].Outcome != "unused" || answer.Items[0].Verb != "delete" {
		t.Errorf("got %+v, want only that delete configmaps is unused", answer.Items)
	}
}

// A wildcard is written out into rules that the API server takes and that allow what
// the workloads of the cluster can use, and neither bind nor impersonate.
func TestLeastFromManifestsOnTheServer(t *testing.T) {
	c := cluster.Start(t)
	c.Namespace(t, "shop")
	c.ServiceAccountConfig(t, "shop", "worker")
	wide, err := c.Client().RbacV1().ClusterRoleBindings().Create(t.Context(), &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "wide"}, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "cluster-admin"},
		Subjects: []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: "shop", Name: "worker"}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	labels := map[string]string{"app": "worker"}
	_, err = c.Client().AppsV1().Deployments("shop").Create(t.Context(), &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "worker"},
		Spec: appsv1.DeploymentSpec{Selector: &metav1.LabelSelector{MatchLabels: labels}, Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: labels},
			Spec:       corev1.PodSpec{ServiceAccountName: "worker", Containers: []corev1.Container{{Name: "worker", Image: "worker"}}},
		}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	stdout, stderr, status := as(t, c, c.Config()).run("rbac", "least", "--from-manifests", "--subject", "sa:shop/worker")
	if status != 2 || !bytes.Contains(stdout, []byte("not kept: * URL *: what a wildcard of URLs stands for is not known")) {
		t.Fatalf("exit status %d: %s%s", status, stdout, stderr)
	}
	if err := c.Client().RbacV1().ClusterRoleBindings().Delete(t.Context(), wide.Name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	for document := range strings.SplitSeq(string(stdout), "\n---\n") {
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(document), &object.Object); err != nil {
			t.Fatal(err)
		}
		if object.GetKind() != "" {
			createOne(t, c, object)
		}
	}
	await(t, "the new role to be all there is", func() string {
		if notAllowed(t, c, worker, rbac.Request{Verb: "impersonate", Resource: "users", Name: "jane"}) == "" {
			return "it may still impersonate"
		}
		return notAllowed(t, c, worker, rbac.Request{Verb: "list", Resource: "pods"})
	})
	_, lists, err := c.Client().Discovery().ServerGroupsAndResources()
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, list := range lists {
		group, _, divided := strings.Cut(list.GroupVersion, "/")
		if !divided {
			group = ""
		}
		for _, resource := range list.APIResources {
			kind, subresource, _ := strings.Cut(resource.Name, "/")
			for _, verb := range resource.Verbs {
				asked++
				if message := notAllowed(t, c, worker, rbac.Request{Verb: verb, Group: group, Resource: kind, Subresource: subresource}); message != "" {
					t.Errorf("%s %s.%s: %s", verb, resource.Name, group, message)
				}
			}
		}
	}
	for _, verb := range []string{"bind", "escalate"} {
		if notAllowed(t, c, worker, rbac.Request{Verb: verb, Group: rbacv1.GroupName, Resource: "clusterroles"}) == "" {
			t.Errorf("it may %s", verb)
		}
	}
	t.Logf("%d requests asked", asked)
}
