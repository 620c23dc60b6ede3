// Package live tests the whole program on a real API server: what a user types,
// and what then stands in files and on the terminal.
package live

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"holdfast.dev/holdfast/test/cluster"
)

var shared = cluster.NewShared(cluster.WithControllers(),
	cluster.WithAPIServerArgs("--runtime-config=admissionregistration.k8s.io/v1beta1=true"),
	cluster.WithFeatureGate("MutatingAdmissionPolicy", true))

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "holdfast-live-")
	if err != nil {
		panic(err)
	}
	program = filepath.Join(folder, "holdfast")
	status := shared.Run(m)
	_ = os.RemoveAll(folder)
	os.Exit(status)
}

var program string

// build makes the program once.
var build = sync.OnceValue(func() error {
	if output, err := exec.Command("go", "build", "-o", program, "holdfast.dev/holdfast/cmd/holdfast").CombinedOutput(); err != nil {
		return fmt.Errorf("build holdfast: %w: %s", err, output)
	}
	return nil
})

// user runs the program as somebody, in a folder of its own.
type user struct {
	t          testing.TB
	kubeconfig string
	home       string
}

func as(t testing.TB, c *cluster.Cluster, config *rest.Config) *user {
	t.Helper()
	if err := build(); err != nil {
		t.Fatal(err)
	}
	return &user{t: t, kubeconfig: c.WriteKubeconfig(t, config), home: t.TempDir()}
}

func (u *user) command(args ...string) *exec.Cmd {
	command := exec.CommandContext(u.t.Context(), program, args...)
	command.Dir = u.home
	command.Env = []string{"HOME=" + u.home, "KUBECONFIG=" + u.kubeconfig}
	return command
}

// run returns what the program wrote and its exit status.
func (u *user) run(args ...string) (stdout, stderr []byte, status int) {
	u.t.Helper()
	var out, err bytes.Buffer
	command := u.command(args...)
	command.Stdout, command.Stderr = &out, &err
	var exit *exec.ExitError
	if problem := command.Run(); problem != nil && !errors.As(problem, &exit) {
		u.t.Fatal(problem)
	}
	return out.Bytes(), err.Bytes(), command.ProcessState.ExitCode()
}

// create makes the objects of a YAML file of several documents, in order.
func create(t testing.TB, c *cluster.Cluster, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for document := range strings.SplitSeq(string(data), "\n---\n") {
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(document), &object.Object); err != nil {
			t.Fatal(err)
		}
		createOne(t, c, object)
	}
}

// createOne waits for what the object needs: its namespace's account, its kind.
func createOne(t testing.TB, c *cluster.Cluster, object *unstructured.Unstructured) {
	t.Helper()
	if object.GetKind() == "Namespace" {
		defer c.Namespace(t, object.GetName())
	}
	body, err := object.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	await(t, fmt.Sprintf("%s %s to be created", object.GetKind(), object.GetName()), func() string {
		err := c.Client().CoreV1().RESTClient().Post().AbsPath(path(object)).Body(body).Do(t.Context()).Error()
		if err == nil || strings.Contains(err.Error(), "already exists") {
			return ""
		}
		return err.Error()
	})
}

func path(object *unstructured.Unstructured) string {
	path := "/apis/" + object.GetAPIVersion()
	if !strings.Contains(object.GetAPIVersion(), "/") {
		path = "/api/" + object.GetAPIVersion()
	}
	if object.GetNamespace() != "" {
		path += "/namespaces/" + object.GetNamespace()
	}
	name := strings.ToLower(object.GetKind())
	switch {
	case strings.HasSuffix(name, "policy"):
		name = strings.TrimSuffix(name, "y") + "ies"
	case strings.HasSuffix(name, "s"):
		name += "es"
	default:
		name += "s"
	}
	return path + "/" + name
}

func await(t testing.TB, what string, ask func() string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		state := ask()
		if state == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s: %s", what, state)
		}
	}
}

// pods waits until a selector has so many Pods and returns them.
func pods(t testing.TB, c *cluster.Cluster, namespace, selector string, count int) []string {
	t.Helper()
	var names []string
	await(t, "the Pods of "+selector, func() string {
		list, err := c.Client().CoreV1().Pods(namespace).List(t.Context(), metav1.ListOptions{LabelSelector: selector})
		if err != nil {
			return err.Error()
		}
		names = names[:0]
		for _, pod := range list.Items {
			names = append(names, pod.Name)
		}
		if len(names) == count {
			return ""
		}
		return fmt.Sprint(names)
	})
	return names
}

// populate makes every object of testdata and waits for the controllers.
func populate(t testing.TB, c *cluster.Cluster) {
	t.Helper()
	create(t, c, filepath.Join("testdata", "objects.yaml"))
	pods(t, c, "shop", "app=web", 3)
	pods(t, c, "shop", "app=db", 1)
	pods(t, c, "shop", "app=alone", 1)
	pods(t, c, "shop", "app=old", 1)
	pods(t, c, "shop", "batch.kubernetes.io/job-name=migrate", 1)
}

// A snapshot that was saved says what the cluster says, to the byte.
func TestSavedSnapshotSaysTheSame(t *testing.T) {
	c := shared.Start(t)
	populate(t, c)
	u := as(t, c, c.Config())
	for _, args := range [][]string{
		{"-o", "json"}, {"-o", "table"}, {"-o", "table", "--all"}, {"-o", "sarif"}, {"-o", "html"}, {"-o", "markdown"}, {"-o", "junit"},
		{"-o", "json", "-n", "shop"}, {"-o", "json", "--kubernetes-version", "1.30"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			save := []string{"snapshot", "save", "shop.hf"}
			if i := slices.Index(args, "-n"); i >= 0 {
				save = append(save, args[i:i+2]...)
			}
			await(t, "a cluster that keeps still", func() string {
				before, _, status := u.run(append([]string{"scan"}, args...)...)
				if _, stderr, saved := u.run(save...); saved == 2 && !bytes.Contains(stderr, []byte("gap: ")) {
					t.Fatalf("%s", stderr)
				}
				after, _, _ := u.run(append([]string{"scan"}, args...)...)
				if !bytes.Equal(before, after) {
					return "it changes"
				}
				got, stderr, savedStatus := u.run(append([]string{"scan", "shop.hf"}, args...)...)
				if !bytes.Equal(got, before) || status != savedStatus {
					t.Errorf("status %d and %d, %s\n%s", status, savedStatus, stderr, firstDifference(before, got))
				}
				if len(before) < 500 {
					t.Errorf("nothing is reported: %s", before)
				}
				return ""
			})
		})
	}
}

func firstDifference(a, b []byte) string {
	linesA, linesB := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	for i := range min(len(linesA), len(linesB)) {
		if linesA[i] != linesB[i] {
			return fmt.Sprintf("line %d:\nlive  %.300s\nsaved %.300s", i+1, linesA[i], linesB[i])
		}
	}
	return fmt.Sprintf("%d and %d lines", len(linesA), len(linesB))
}

// No value of a Secret, and no password that stands elsewhere, is in a snapshot, a
// report or a message.
func TestSecretsStayInTheCluster(t *testing.T) {
	c := shared.Start(t)
	populate(t, c)
	u := as(t, c, c.Config())
	written := map[string][]byte{}
	for _, all := range []bool{false, true} {
		save := []string{"snapshot", "save", "all.hf"}
		if all {
			save = append(save, "--all-resources")
		}
		out, stderr, _ := u.run(save...)
		written[fmt.Sprint(save)] = slices.Concat(out, stderr, unzip(t, filepath.Join(u.home, "all.hf")))
		for _, format := range []string{"json", "yaml", "table", "sarif", "html", "markdown", "junit"} {
			out, stderr, _ := u.run("scan", "all.hf", "-o", format, "--all")
			written[fmt.Sprint(all, format)] = slices.Concat(out, stderr)
		}
	}
	out, stderr, _ := u.run("scan", "-o", "json", "--all-resources")
	written["live"] = slices.Concat(out, stderr)
	if !bytes.Contains(written["live"], []byte("example.com")) {
		t.Error("the custom resource was not read")
	}
	for name, text := range written {
		if len(text) < 500 {
			t.Errorf("%s: %s", name, text)
		}
		for _, secret := range []string{"hunter2", "hunter2-secret", "hunter2-registry"} {
			forms := []string{secret, base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawStdEncoding.EncodeToString([]byte(secret))[:8]}
			for _, form := range forms {
				if at := bytes.Index(text, []byte(form)); at >= 0 {
					t.Errorf("%s holds %s: ...%s...", name, form, text[max(0, at-100):min(len(text), at+50)])
				}
			}
		}
	}
}

func unzip(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(zip)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// result is what of scan -o json the tests look at.
type result struct {
	Findings []finding `json:"findings"`
	Gaps     []struct {
		Reason string `json:"reason"`
	} `json:"gaps"`
	Controls []struct {
		ID      string `json:"id"`
		Unknown int    `json:"unknown"`
	} `json:"controls"`
}

type finding struct {
	Control string `json:"control"`
	Object  struct {
		Kind, Namespace, Name string
	} `json:"object"`
	Evidence []struct {
		Object struct{ Kind, Name string } `json:"object"`
		Path   string                      `json:"path"`
	} `json:"evidence"`
}

func (u *user) scan(args ...string) (result, int) {
	u.t.Helper()
	stdout, stderr, status := u.run(append([]string{"scan", "-o", "json"}, args...)...)
	var r result
	if err := json.Unmarshal(stdout, &r); err != nil {
		u.t.Fatalf("%v: %s%s", err, stdout, stderr)
	}
	return r, status
}

// of picks the findings of one control in one namespace, as "Kind/name path".
func (r result) of(control, namespace string) []string {
	var found []string
	for _, f := range r.Findings {
		if f.Control == control && f.Object.Namespace == namespace {
			text := f.Object.Kind + "/" + f.Object.Name
			for _, e := range f.Evidence {
				text += fmt.Sprintf(" %s/%s:%s", e.Object.Kind, e.Object.Name, e.Path)
			}
			found = append(found, text)
		}
	}
	return found
}

// Three Pods of a Deployment are one finding, at the Deployment; containers that
// only the Pods have are seen.
func TestPodsCountAtTheirOwner(t *testing.T) {
	c := shared.Start(t)
	create(t, c, filepath.Join("testdata", "injection.yaml"))
	c.Namespace(t, "owners")
	u := as(t, c, c.Config())
	// The policy takes a moment to hold: until then Pods are made without it.
	await(t, "the injection to hold", func() string {
		_ = c.Client().AppsV1().Deployments("owners").Delete(t.Context(), "injected", metav1.DeleteOptions{})
		create(t, c, filepath.Join("testdata", "owners.yaml"))
		for _, name := range pods(t, c, "owners", "app=injected", 1) {
			pod, err := c.Client().CoreV1().Pods("owners").Get(t.Context(), name, metav1.GetOptions{})
			if err != nil {
				return err.Error()
			}
			if len(pod.Spec.Containers) == 2 {
				return ""
			}
		}
		return "one container"
	})
	names := pods(t, c, "owners", "app=three", 3)
	patch := `{"spec":{"ephemeralContainers":[{"name":"debug","image":"busybox:1","securityContext":{"privileged":true}}]}}`
	if _, err := c.Client().CoreV1().Pods("owners").Patch(t.Context(), names[1], types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{}, "ephemeralcontainers"); err != nil {
		t.Fatal(err)
	}
	pods(t, c, "owners", "app=injected", 1)
	r, status := u.scan("-n", "owners")
	if status == 0 {
		t.Error("exit status 0")
	}
	var injected string
	for _, name := range pods(t, c, "owners", "app=injected", 1) {
		injected = name
	}
	want := []string{
		"Deployment/injected Pod/" + injected + ":spec.containers[1].securityContext.privileged",
		"Deployment/three Pod/" + names[1] + ":spec.ephemeralContainers[0].securityContext.privileged",
		"Deployment/three Deployment/three:spec.template.spec.containers[0].securityContext.privileged",
	}
	if got := r.of("privileged-container", "owners"); !sameSet(got, want) {
		t.Errorf("found:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// The version that an object is applied under is judged, not the one it is read in.
func TestAppliedVersion(t *testing.T) {
	c := shared.Start(t)
	populate(t, c)
	r, _ := as(t, c, c.Config()).scan("-n", "shop", "--control", "removed-api")
	if got := r.of("removed-api", "shop"); !slices.Equal(got, []string{"Deployment/web Deployment/web:apiVersion"}) {
		t.Errorf("%v", got)
	}
}

// Who may read one namespace scans it; what is cluster-wide is a gap.
func TestScanOfOneNamespace(t *testing.T) {
	c := shared.Start(t)
	populate(t, c)
	config := c.ConfigFor(t, "olga")
	bind := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": map[string]any{"name": "olga", "namespace": "shop"},
		"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
		"subjects": []any{map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "olga"}},
	}}
	createOne(t, c, bind)
	u := as(t, c, config)
	var r result
	await(t, "the RoleBinding to hold", func() string {
		r, _ = u.scan("-n", "shop")
		for _, gap := range r.Gaps {
			if strings.Contains(gap.Reason, "cannot list pods ") {
				return gap.Reason
			}
		}
		return ""
	})
	if _, status := u.scan("-n", "shop"); status != 2 {
		t.Errorf("exit status %d, not 2: cluster-wide kinds could not be listed", status)
	}
	for _, gap := range r.Gaps {
		if strings.Contains(gap.Reason, "broken.example.com") {
			continue // an APIService of testdata, of which nothing is asked for
		}
		if !strings.Contains(gap.Reason, "in the cluster: user \"olga\" needs the verb list on ") {
			t.Errorf("gap: %s", gap.Reason)
		}
	}
	if got := r.of("privileged-container", "shop"); len(got) != 1 {
		t.Errorf("%v", got)
	}
	for _, control := range r.Controls {
		if control.ID == "privileged-container" && control.Unknown > 0 {
			t.Errorf("%d workloads are unknown", control.Unknown)
		}
	}
}

func TestMessages(t *testing.T) {
	c := shared.Start(t)
	u := as(t, c, c.Config())
	nobody := as(t, c, &rest.Config{Host: c.URL, TLSClientConfig: rest.TLSClientConfig{CAFile: c.CAFile, CAData: c.Config().CAData}, BearerToken: "expired"})
	down := as(t, c, &rest.Config{Host: "https://127.0.0.1:1"})
	none := *u
	none.kubeconfig = filepath.Join(t.TempDir(), "none")
	for name, c := range map[string]struct {
		user *user
		args []string
		want string
	}{
		"token":      {nobody, nil, "sign in again"},
		"down":       {down, nil, "is the cluster running"},
		"none":       {&none, nil, "name a kubeconfig with --kubeconfig, or files to read"},
		"kubeconfig": {u, []string{"--kubeconfig", "nope"}, "nope does not exist"},
		"context":    {u, []string{"--context", "nope"}, `has no context "nope"`},
	} {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, status := c.user.run(append([]string{"scan"}, c.args...)...)
			if status != 2 || len(stdout) > 0 || !bytes.Contains(stderr, []byte(c.want)) || bytes.Count(stderr, []byte("\n")) != 1 {
				t.Errorf("status %d, %s%s", status, stdout, stderr)
			}
		})
	}
	stdout, stderr, _ := u.run("scan", "--context", "test")
	if !bytes.Contains(stdout, []byte("cluster test ("+c.URL+")")) || len(stderr) > 0 {
		t.Errorf("%.500s%s", stdout, stderr)
	}
}

// Interrupting the program ends it at once.
func TestInterrupt(t *testing.T) {
	c := shared.Start(t)
	u := as(t, c, c.Config())
	command := u.command("scan", "--all-resources")
	var stderr bytes.Buffer
	command.Stderr = &stderr
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	if err := command.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- command.Wait() }()
	select {
	case <-done:
	case <-ctx.Done():
		_ = command.Process.Kill()
		t.Error("it does not end")
	}
}
