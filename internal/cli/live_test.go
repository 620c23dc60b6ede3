package cli

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/analysis/exposure"
	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/engine"
)

// serve is an API server of some version with one namespace and nothing else. It
// returns a kubeconfig. Clusters as they are: test/live.
func serve(t *testing.T, version string) string {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		resource := func(group, name, kind string) string {
			return fmt.Sprintf(`{"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":%q},"versions":[{"version":"v1","resources":[
				{"resource":%q,"responseKind":{"kind":%q},"scope":"Cluster","verbs":["list"]}]}]}]}`, group, name, kind)
		}
		switch r.URL.Path {
		case "/version":
			fmt.Fprintf(w, `{"gitVersion":%q}`, version)
		case "/api":
			fmt.Fprint(w, resource("", "namespaces", "Namespace"))
		case "/apis":
			fmt.Fprint(w, resource("authorization.k8s.io", "subjectaccessreviews", "SubjectAccessReview"))
		case "/api/v1/namespaces":
			fmt.Fprint(w, `{"kind":"NamespaceList","items":[{"metadata":{"name":"default"}}]}`)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(server.Close)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	text := fmt.Sprintf(`apiVersion: v1
kind: Config
current-context: prod
clusters: [{name: c, cluster: {server: %q, certificate-authority-data: %s}}]
contexts: [{name: prod, context: {cluster: c}}]
`, server.URL, base64.StdEncoding.EncodeToString(ca))
	if err := os.WriteFile(kubeconfig, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return kubeconfig
}

func TestVersionOfTheCluster(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("HOME", t.TempDir())
	next := fmt.Sprintf("v1.%d.0", newest().Minor+1)
	for name, c := range map[string]struct {
		version string
		args    []string
		status  int
		words   []string
	}{
		"older":             {"v1.29.3-gke.100", nil, exitClean, []string{"judged against Kubernetes 1.29", "cluster prod (https://127.0.0.1:"}},
		"as asked":          {"v1.29.3", []string{"--kubernetes-version", "1.31"}, exitClean, []string{"judged against Kubernetes 1.31"}},
		"newer":             {next, nil, exitIncomplete, []string{"judged against Kubernetes " + newest().String(), "use a newer Holdfast"}},
		"no release":        {"v0.0.0-master+abc", nil, exitIncomplete, []string{"judged against Kubernetes " + newest().String()}},
		"newer, and agreed": {next, []string{"--kubernetes-version", newest().String()}, exitClean, []string{"judged against Kubernetes " + newest().String()}},
	} {
		t.Run(name, func(t *testing.T) {
			var out, err bytes.Buffer
			args := append([]string{"scan", "--kubeconfig", serve(t, c.version), "--fail-on", "none"}, c.args...)
			status := Main(t.Context(), Build{}, Streams{In: strings.NewReader(""), Out: &out, Err: &err}, args)
			if status != c.status {
				t.Errorf("status %d, want %d: %s", status, c.status, err.String())
			}
			text := strings.Join(strings.Fields(out.String()), " ") // tables wrap
			for _, word := range c.words {
				if !strings.Contains(text, word) {
					t.Errorf("%q is missing: %s", word, out.String())
				}
			}
		})
	}
}

// A saved snapshot holds what every question reads.
func TestSnapshotsHoldWhatQuestionsRead(t *testing.T) {
	saved := engine.Reads()
	least := leastFlags{manifests: true}
	for _, gk := range slices.Concat(rbacKinds(), nodeKinds(), generateKinds(), least.leastKinds(), mesh.Kinds(), netpol.Kinds(), exposure.Kinds()) {
		if !slices.Contains(saved, gk) {
			t.Errorf("%s is not among engine.Reads()", gk)
		}
	}
}
