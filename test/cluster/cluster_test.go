package cluster_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"holdfast.dev/holdfast/test/cluster"
)

// encrypted has Secrets encrypted with AES-GCM and reads what is not.
const encrypted = `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: [secrets]
  providers:
  - aesgcm:
      keys:
      - name: first
        secret: MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=
  - identity: {}
`

var shared = cluster.NewShared(
	cluster.WithControllers(),
	cluster.WithAudit(cluster.AuditEverything),
	cluster.WithEncryption(encrypted),
	cluster.WithTokens(cluster.Token{Token: "a-token", User: "robot", Groups: []string{"machines", "night"}}),
)

func TestMain(m *testing.M) {
	if os.Getenv(victimEnv) != "" {
		victim()
	}
	os.Exit(shared.Run(m))
}

func TestVersion(t *testing.T) {
	version, err := shared.Start(t).Client().Discovery().ServerVersion()
	if err != nil {
		t.Fatal(err)
	}
	if version.GitVersion != "v1.36.3" || version.Major != "1" || version.Minor != "36" {
		t.Errorf("the server's version is %+v, want v1.36.3", version)
	}
}

func TestKubeconfig(t *testing.T) {
	c := shared.Start(t)
	for _, path := range []string{c.Kubeconfig, c.WriteKubeconfig(t, c.ConfigFor(t, "jane", "system:masters"))} {
		config, err := clientcmd.BuildConfigFromFlags("", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client(t, config).CoreV1().Nodes().List(t.Context(), metav1.ListOptions{}); err != nil {
			t.Errorf("list nodes by %s: %v", path, err)
		}
	}
}

func TestRBACLimitsUsers(t *testing.T) {
	c := shared.Start(t)
	ns := namespace(t, c)
	secrets := client(t, c.ConfigFor(t, "jane", "readers")).CoreV1().Secrets(ns)
	if _, err := secrets.List(t.Context(), metav1.ListOptions{}); !apierrors.IsForbidden(err) {
		t.Fatalf("without a right jane gets %v, want Forbidden", err)
	}
	grant(t, c, ns, rbacv1.Subject{APIGroup: rbacv1.GroupName, Kind: "Group", Name: "readers"})
	eventually(t, "jane may list secrets by the right of her group", func() error {
		_, err := secrets.List(t.Context(), metav1.ListOptions{})
		return err
	})
	elsewhere := client(t, c.ConfigFor(t, "jane", "readers")).CoreV1().Secrets("default")
	if _, err := elsewhere.List(t.Context(), metav1.ListOptions{}); !apierrors.IsForbidden(err) {
		t.Errorf("in another namespace jane gets %v, want Forbidden", err)
	}
}

func TestServiceAccount(t *testing.T) {
	c := shared.Start(t)
	ns := namespace(t, c)
	config := c.ServiceAccountConfig(t, ns, "reader")
	review := whoami(t, config)
	if review.Username != "system:serviceaccount:"+ns+":reader" {
		t.Errorf("the token is %s's", review.Username)
	}
	secrets := client(t, config).CoreV1().Secrets(ns)
	if _, err := secrets.List(t.Context(), metav1.ListOptions{}); !apierrors.IsForbidden(err) {
		t.Fatalf("without a right it gets %v, want Forbidden", err)
	}
	grant(t, c, ns, rbacv1.Subject{Kind: "ServiceAccount", Namespace: ns, Name: "reader"})
	eventually(t, "the ServiceAccount may list secrets", func() error {
		_, err := secrets.List(t.Context(), metav1.ListOptions{})
		return err
	})
}

func TestStaticToken(t *testing.T) {
	c := shared.Start(t)
	user := whoami(t, c.ConfigForToken("a-token"))
	if user.Username != "robot" || !slices.Equal(user.Groups, []string{"machines", "night", "system:authenticated"}) {
		t.Errorf("the token is %s's, of %q", user.Username, user.Groups)
	}
	_, err := client(t, c.ConfigForToken("another")).CoreV1().Nodes().List(t.Context(), metav1.ListOptions{})
	if !apierrors.IsUnauthorized(err) {
		t.Errorf("an unknown token gets %v, want Unauthorized", err)
	}
}

func TestAuditLog(t *testing.T) {
	c := shared.Start(t)
	config := client(t, c.Config()).CoreV1().ConfigMaps(namespace(t, c))
	object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "audited"}, Data: map[string]string{"what": "seen-in-the-log"}}
	if _, err := config.Create(t.Context(), object, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the audit log has the request with its body", func() error {
		log, err := os.ReadFile(c.AuditLog)
		if err != nil {
			return err
		}
		for line := range bytes.Lines(log) {
			var event struct {
				Verb          string
				User          struct{ Username string }
				ObjectRef     struct{ Resource, Name string }
				RequestObject json.RawMessage
			}
			if err := json.Unmarshal(line, &event); err != nil {
				return err
			}
			if event.Verb == "create" && event.ObjectRef.Name == "audited" && event.ObjectRef.Resource == "configmaps" &&
				event.User.Username == "kubernetes-admin" && bytes.Contains(event.RequestObject, []byte("seen-in-the-log")) {
				return nil
			}
		}
		return errNotYet
	})
}

func TestValidatingWebhook(t *testing.T) {
	c := shared.Start(t)
	ns := namespace(t, c)
	var called atomic.Int32
	url := serveWebhook(t, c, func(review *admissionv1.AdmissionReview) *admissionv1.AdmissionResponse {
		called.Add(1)
		return &admissionv1.AdmissionResponse{Result: &metav1.Status{Message: "the test says no to " + review.Request.Name}}
	})
	registerWebhook(t, c, url, ns)
	maps := c.Client().CoreV1().ConfigMaps(ns)
	eventually(t, "the webhook denies", func() error {
		_, err := maps.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{GenerateName: "x-"}}, metav1.CreateOptions{})
		if err == nil || !strings.Contains(err.Error(), "the test says no") {
			return errNotYet
		}
		return nil
	})
	if called.Load() == 0 {
		t.Error("the webhook was not called")
	}
}

func TestControllers(t *testing.T) {
	c := shared.Start(t)
	ns := namespace(t, c)
	labels := map[string]string{"app": "web"}
	deployment := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: "registry.example/web:1"}}},
			},
		},
	}
	if _, err := c.Client().AppsV1().Deployments(ns).Create(t.Context(), deployment, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the Deployment has a ReplicaSet, and that a Pod the scheduler has looked at", func() error {
		sets, err := c.Client().AppsV1().ReplicaSets(ns).List(t.Context(), metav1.ListOptions{})
		if err != nil || len(sets.Items) != 1 {
			return errNotYet
		}
		pods, err := c.Client().CoreV1().Pods(ns).List(t.Context(), metav1.ListOptions{})
		if err != nil || len(pods.Items) != 1 {
			return errNotYet
		}
		for _, condition := range pods.Items[0].Status.Conditions {
			if condition.Type == corev1.PodScheduled && condition.Reason == corev1.PodReasonUnschedulable {
				return nil // there is no node
			}
		}
		return errNotYet
	})
	if err := c.Client().CoreV1().Namespaces().Delete(t.Context(), ns, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the namespace goes away", func() error {
		_, err := c.Client().CoreV1().Namespaces().Get(t.Context(), ns, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return nil
		}
		return errNotYet
	})
}

// TestEncryption needs its control: that nothing is found says little unless
// the same search finds it where nothing is encrypted.
func TestEncryption(t *testing.T) {
	for _, test := range []struct {
		name  string
		c     *cluster.Cluster
		plain bool
	}{
		{"with WithEncryption", shared.Start(t), false},
		{"without", cluster.Start(t), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			value, plaintext := storeSecret(t, test.c)
			if got := bytes.Contains(value, []byte(plaintext)); got != test.plain {
				t.Errorf("plaintext in etcd's value: %t, want %t (%.40q)", got, test.plain, value)
			}
			if got := bytes.HasPrefix(value, []byte("k8s:enc:aesgcm:v1:first:")); got == test.plain {
				t.Errorf("etcd's value is %.40q", value)
			}
			if got := inFiles(t, filepath.Join(test.c.Dir, "etcd"), plaintext); got != test.plain {
				t.Errorf("plaintext in etcd's files: %t, want %t", got, test.plain)
			}
			if value := test.c.Stored(t, "/registry/secrets/default/absent"); value != nil {
				t.Errorf("an absent key holds %q", value)
			}
		})
	}
}

func TestEncryptionKeyRotates(t *testing.T) {
	c := cluster.Start(t, cluster.WithEncryption(encrypted))
	second := strings.Replace(encrypted, "name: first", "name: second", 1)
	file := c.File("encryption-provider-config")
	if err := os.WriteFile(file+".new", []byte(second), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
	eventually(t, "new secrets are encrypted with the second key", func() error {
		if value, _ := storeSecret(t, c); !bytes.HasPrefix(value, []byte("k8s:enc:aesgcm:v1:second:")) {
			return errNotYet
		}
		return nil
	})
}

// The rest is what the tests above share.

var errNotYet = apierrors.NewTimeoutError("not yet", 0)

// eventually waits for what the API server or a controller does in its time.
func eventually(t *testing.T, what string, try func() error) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("it never came that %s: %v", what, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func client(t *testing.T, config *rest.Config) kubernetes.Interface {
	t.Helper()
	c, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// namespace makes a namespace that no other test has, nor another run of the
// same test.
func namespace(t *testing.T, c *cluster.Cluster) string {
	t.Helper()
	name := strings.ToLower(t.Name() + "-" + rand.Text()[:8])
	c.Namespace(t, name)
	return name
}

// storeSecret makes a Secret and returns what etcd then holds.
func storeSecret(t *testing.T, c *cluster.Cluster) (stored []byte, plaintext string) {
	t.Helper()
	plaintext = "password-" + rand.Text()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{GenerateName: "kept-"}, Data: map[string][]byte{"password": []byte(plaintext)}}
	made, err := c.Client().CoreV1().Secrets("default").Create(t.Context(), secret, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	stored = c.Stored(t, "/registry/secrets/default/"+made.Name)
	if len(stored) == 0 {
		t.Fatal("etcd has no such secret")
	}
	return stored, plaintext
}

// grant lets the subject list Secrets in the namespace.
func grant(t *testing.T, c *cluster.Cluster, namespace string, subject rbacv1.Subject) {
	t.Helper()
	meta := metav1.ObjectMeta{Name: "secret-reader"}
	role := &rbacv1.Role{ObjectMeta: meta, Rules: []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"secrets"}, Verbs: []string{"list"}}}}
	if _, err := c.Client().RbacV1().Roles(namespace).Create(t.Context(), role, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	binding := &rbacv1.RoleBinding{
		ObjectMeta: meta,
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: role.Name},
		Subjects:   []rbacv1.Subject{subject},
	}
	if _, err := c.Client().RbacV1().RoleBindings(namespace).Create(t.Context(), binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// inFiles tells whether any file below dir has the text.
func inFiles(t *testing.T, dir, text string) (found bool) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		found = found || bytes.Contains(content, []byte(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// serveWebhook answers admission reviews on 127.0.0.1, by a certificate of the
// cluster's CA.
func serveWebhook(t *testing.T, c *cluster.Cluster, answer func(*admissionv1.AdmissionReview) *admissionv1.AdmissionResponse) string {
	t.Helper()
	certFile, keyFile := c.ServingCertificate(t, "127.0.0.1")
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var review admissionv1.AdmissionReview
		if err := json.NewDecoder(r.Body).Decode(&review); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		review.Response = answer(&review)
		review.Response.UID = review.Request.UID
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(review)
	}))
	server.TLS = loadTLS(t, certFile, keyFile)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL
}

func registerWebhook(t *testing.T, c *cluster.Cluster, url, namespace string) {
	t.Helper()
	ca, err := os.ReadFile(c.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	none, fail := admissionregistrationv1.SideEffectClassNone, admissionregistrationv1.Fail
	hooks := c.Client().AdmissionregistrationV1().ValidatingWebhookConfigurations()
	_, err = hooks.Create(t.Context(), &admissionregistrationv1.ValidatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: namespace},
		Webhooks: []admissionregistrationv1.ValidatingWebhook{{
			Name:                    "no.holdfast.dev",
			ClientConfig:            admissionregistrationv1.WebhookClientConfig{URL: &url, CABundle: ca},
			AdmissionReviewVersions: []string{"v1"},
			SideEffects:             &none,
			FailurePolicy:           &fail,
			NamespaceSelector:       &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: namespace}},
			Rules: []admissionregistrationv1.RuleWithOperations{{
				Operations: []admissionregistrationv1.OperationType{admissionregistrationv1.Create},
				Rule:       admissionregistrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"configmaps"}},
			}},
		}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = hooks.Delete(context.Background(), namespace, metav1.DeleteOptions{})
	})
}
