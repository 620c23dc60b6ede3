package kube

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// kubeconfig writes one with a context of each name, the first the current one.
func kubeconfig(t *testing.T, current string, contexts ...string) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "apiVersion: v1\nkind: Config\ncurrent-context: %q\n", current)
	b.WriteString("clusters:\n")
	for _, name := range contexts {
		fmt.Fprintf(&b, "  - {name: %s, cluster: {server: 'https://user:hunter2@%s.example.com:6443'}}\n", name, name)
	}
	b.WriteString("contexts:\n")
	for _, name := range contexts {
		fmt.Fprintf(&b, "  - {name: %s, context: {cluster: %s}}\n", name, name)
	}
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestConfig(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	one, two := kubeconfig(t, "prod", "prod", "test"), kubeconfig(t, "other", "other")
	none := kubeconfig(t, "")
	broken := filepath.Join(t.TempDir(), "broken")
	if err := os.WriteFile(broken, []byte("clusters: [\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		env, file, context string
		target, failure    string
	}{
		"a file":                {file: one, target: "cluster prod (https://user:xxxxx@prod.example.com:6443)"},
		"a context of a file":   {file: one, context: "test", target: "cluster test (https://user:xxxxx@test.example.com:6443)"},
		"KUBECONFIG":            {env: one, target: "cluster prod (https://user:xxxxx@prod.example.com:6443)"},
		"two in KUBECONFIG":     {env: two + string(os.PathListSeparator) + one, context: "test", target: "cluster test (https://user:xxxxx@test.example.com:6443)"},
		"a file before those":   {env: two, file: one, target: "cluster prod (https://user:xxxxx@prod.example.com:6443)"},
		"no such context":       {file: one, context: "nope", failure: `the kubeconfig has no context "nope"`},
		"no current context":    {env: none, failure: "choose one with --context"},
		"no context in a file":  {file: none, failure: "has no current context"},
		"no file":               {file: "nope", failure: "the kubeconfig nope does not exist"},
		"no file in KUBECONFIG": {env: "/nope", failure: "/nope does not exist, and this is not a pod"},
		"nothing at all":        {failure: ".kube/config does not exist, and this is not a pod of a cluster: name a kubeconfig with --kubeconfig, or files to read"},
		"no YAML":               {file: broken, failure: "read the kubeconfig: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("KUBECONFIG", c.env)
			config, target, err := Config(c.file, c.context)
			if c.failure != "" {
				if err == nil || !strings.Contains(err.Error(), c.failure) {
					t.Errorf("%v, want %s", err, c.failure)
				}
				return
			}
			if err != nil || target != c.target || config == nil {
				t.Errorf("%q %v, want %q", target, err, c.target)
			}
		})
	}
}
