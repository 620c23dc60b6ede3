package cluster_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"holdfast.dev/holdfast/test/cluster"
)

// victimEnv makes this test binary a victim: a process that starts a control
// plane, prints its folder and URL, and waits to be killed.
const victimEnv = "HOLDFAST_CLUSTER_TEST_VICTIM"

func victim() {
	c, err := cluster.Launch(context.Background())
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(c.Dir, strings.TrimPrefix(c.URL, "https://"))
	time.Sleep(time.Minute)
	os.Exit(0)
}

// TestNothingOutlivesTheProcess kills a process as a timeout or the kernel
// would, without a chance to clean up.
func TestNothingOutlivesTheProcess(t *testing.T) {
	shared.Start(t) // skips where there is no control plane
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victimEnv+"=1")
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	dir, address, ok := strings.Cut(strings.TrimSpace(line), " ")
	if !ok {
		t.Fatalf("the victim says %s", line)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	listeners := map[string]string{address: "tcp", filepath.Join(dir, "etcd.sock:0"): "unix"}
	for at, network := range listeners {
		if !listens(network, at) {
			t.Fatalf("%s does not listen while its process lives", at)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	for at, network := range listeners {
		eventually(t, at+" is closed", func() error {
			if listens(network, at) {
				return errNotYet
			}
			return nil
		})
	}
}

func listens(network, address string) bool {
	connection, err := net.Dial(network, address)
	if err != nil {
		return false
	}
	connection.Close()
	return true
}

func TestStopLeavesNothing(t *testing.T) {
	shared.Start(t)
	c, err := cluster.Launch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := c.Stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	}
	if listens("tcp", strings.TrimPrefix(c.URL, "https://")) {
		t.Error("the API server still listens")
	}
	if _, err := os.Stat(c.Dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is still there: %v", c.Dir, err)
	}
}

func TestFailureNamesItsCause(t *testing.T) {
	shared.Start(t)
	for _, test := range []struct {
		name string
		opt  cluster.Option
		want string
	}{
		{"flag", cluster.WithAPIServerArgs("--no-such-flag=1"), "unknown flag: --no-such-flag"},
		{"file", cluster.WithAudit("kind: Nonsense"), "audit policy"},
		{"feature", cluster.WithFeatureGate("NoSuchFeature", true), "NoSuchFeature"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := cluster.Launch(t.Context(), test.opt)
			if err == nil {
				_ = c.Stop()
				t.Fatal("it started")
			}
			if !strings.Contains(err.Error(), test.want) || errors.Is(err, cluster.ErrUnavailable) {
				t.Errorf("the error does not say %q: %v", test.want, err)
			}
		})
	}
}

// TestOptions starts one control plane with the options that no other test
// uses.
func TestOptions(t *testing.T) {
	c := cluster.Start(t,
		cluster.WithAuthorization(`apiVersion: apiserver.config.k8s.io/v1
kind: AuthorizationConfiguration
authorizers:
- {type: RBAC, name: rbac}
`),
		cluster.WithAuthentication(`apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
anonymous: {enabled: false}
`),
		cluster.WithAdmissionConfiguration(`apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
- name: PodSecurity
  configuration:
    apiVersion: pod-security.admission.config.k8s.io/v1
    kind: PodSecurityConfiguration
    defaults: {enforce: restricted, enforce-version: latest}
`),
		cluster.WithAdmissionPlugins("AlwaysPullImages"),
		cluster.WithoutAdmissionPlugins("DefaultStorageClass"),
		cluster.WithFeatureGate("MutatingAdmissionPolicy", true),
	)
	c.Namespace(t, "strict")
	pod := privilegedPod()
	_, err := c.Client().CoreV1().Pods("strict").Create(t.Context(), pod, metav1.CreateOptions{})
	if err == nil || !strings.Contains(err.Error(), `violates PodSecurity "restricted:latest"`) {
		t.Errorf("a privileged pod gets %v", err)
	}
	c.Namespace(t, "strict") // again
	label := []byte(`{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"privileged"}}}`)
	if _, err := c.Client().CoreV1().Namespaces().Patch(t.Context(), "strict", "application/merge-patch+json", label, metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the label lets the pod in, and AlwaysPullImages has changed it", func() error {
		made, err := c.Client().CoreV1().Pods("strict").Create(t.Context(), pod, metav1.CreateOptions{})
		if err == nil && made.Spec.Containers[0].ImagePullPolicy != "Always" {
			t.Fatalf("the pull policy is %s", made.Spec.Containers[0].ImagePullPolicy)
		}
		return err
	})
	anonymous := rest.AnonymousClientConfig(c.Config())
	if _, err := client(t, anonymous).Discovery().ServerVersion(); err == nil {
		t.Error("anonymous requests are answered")
	}
}

// whoami asks the API server whom it takes the configuration for.
func whoami(t *testing.T, config *rest.Config) authenticationv1.UserInfo {
	t.Helper()
	review, err := client(t, config).AuthenticationV1().SelfSubjectReviews().
		Create(t.Context(), &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return review.Status.UserInfo
}

func loadTLS(t *testing.T, certFile, keyFile string) *tls.Config {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}}
}

func privilegedPod() *corev1.Pod {
	yes := true
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "root"},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{
			Name: "root", Image: "registry.example/root:1",
			SecurityContext: &corev1.SecurityContext{Privileged: &yes},
		}}},
	}
}

// TestBinary runs the components as a person would: by first argument, and by
// a link's name.
func TestBinary(t *testing.T) {
	shared.Start(t)
	binary, err := cluster.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "kube-scheduler")
	if err := os.Symlink(binary, link); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		argv   []string
		want   string
		status int
	}{
		{[]string{binary, "etcd", "--version"}, "etcd Version: 3.6.8", 0},
		{[]string{binary, "kube-apiserver", "--version"}, "Kubernetes v1.36.3", 0},
		{[]string{binary, "kube-controller-manager", "--version"}, "Kubernetes v1.36.3", 0},
		{[]string{link, "--version"}, "Kubernetes v1.36.3", 0},
		{[]string{binary}, "usage: ", 2},
		{[]string{binary, "kubelet"}, "usage: ", 2},
	} {
		cmd := exec.Command(test.argv[0], test.argv[1:]...)
		output, _ := cmd.CombinedOutput()
		if !strings.HasPrefix(string(output), test.want) || cmd.ProcessState.ExitCode() != test.status {
			t.Errorf("%q exits with %d and says %.200s", test.argv[1:], cmd.ProcessState.ExitCode(), output)
		}
	}
}
