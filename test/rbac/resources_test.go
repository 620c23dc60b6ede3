package rbac

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The resources that questions know by name are those that Kubernetes publishes of
// its API server with every version and feature on (api/discovery of its module).
func TestResources(t *testing.T) {
	const file = "../../internal/analysis/rbac/resources.txt"
	want := resources(t)
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != want {
		t.Errorf("%s is not what Kubernetes has; write it anew with -update", file)
	}
}

type published struct {
	singular   string
	short      []string
	namespaced bool
	below      map[string]bool // subresources
}

// resources writes one resource a line: RESOURCE.GROUP SINGULAR SHORT,SHORT SCOPE
// SUB,SUB, with "-" for none, in the order of the API server's groups.
func resources(t *testing.T) string {
	t.Helper()
	folder, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "k8s.io/kubernetes").Output()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(folder)), "api", "discovery", "api*__v*.json"))
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files of discovery: %v", len(files), err)
	}
	all := map[string]*published{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var list metav1.APIResourceList
		if err := json.Unmarshal(data, &list); err != nil {
			t.Fatal(err)
		}
		group, _, named := strings.Cut(list.GroupVersion, "/")
		if !named {
			group = ""
		}
		for _, r := range list.APIResources {
			name, below, _ := strings.Cut(r.Name, "/")
			key := name
			if group != "" {
				key += "." + group
			}
			if all[key] == nil {
				all[key] = &published{below: map[string]bool{}}
			}
			if below != "" {
				all[key].below[below] = true
				continue
			}
			all[key].singular, all[key].short, all[key].namespaced = r.SingularName, r.ShortNames, r.Namespaced
		}
	}
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(all)) {
		r := all[key]
		scope := "cluster"
		if r.namespaced {
			scope = "namespaced"
		}
		lines = append(lines, strings.Join([]string{key, r.singular, orNone(r.short), scope, orNone(slices.Sorted(maps.Keys(r.below)))}, " "))
	}
	return strings.Join(lines, "\n") + "\n"
}

func orNone(words []string) string {
	if len(words) == 0 {
		return "-"
	}
	return strings.Join(words, ",")
}
