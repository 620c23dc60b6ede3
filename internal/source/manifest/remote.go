package manifest

import (
	"errors"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// isRemote reports what kustomize would fetch: it is true of everything that
// IsRemoteFile and NewRepoSpecFromURL of sigs.k8s.io/kustomize/api take for remote,
// and of some things more.
func isRemote(path string) bool {
	if parsed, err := url.Parse(path); err == nil && (parsed.Scheme == "http" || parsed.Scheme == "https") {
		return true
	}
	return regexp.MustCompile(`(?i)^(git::)*((ssh|https?|file|git)://|github\.com[/:]|[a-z][a-z0-9-]*@)`).MatchString(path)
}

// remoteIn finds what a plugin's configuration would fetch.
func remoteIn(config string) string {
	decoder := yaml.NewDecoder(strings.NewReader(config))
	for {
		var node yaml.Node
		switch err := decoder.Decode(&node); {
		case errors.Is(err, io.EOF):
			return ""
		case err != nil:
			return "a document that is not understood"
		}
		if remote := remoteBelow(&node, false, 0); remote != "" {
			return remote
		}
	}
}

// remoteBelow looks at the fields in which the built-in plugins of kustomize name
// files.
func remoteBelow(node *yaml.Node, path bool, depth int) string {
	if depth > 50 {
		return "a document that is nested too deeply"
	}
	if node.Kind == yaml.ScalarNode && path {
		_, file, _ := strings.Cut(node.Value, "=")
		for _, each := range []string{node.Value, file} {
			if isRemote(each) {
				return each
			}
		}
	}
	for i, child := range node.Content {
		isPath := path
		if node.Kind == yaml.MappingNode {
			if i%2 == 0 {
				continue
			}
			key := strings.ToLower(node.Content[i-1].Value)
			isPath = slices.Contains([]string{"path", "paths", "files", "envs", "env", "resources", "repo", "charthome", "confighome", "valuesfile"}, key)
			if key == "kind" && child.Value == "HelmChartInflationGenerator" {
				return "a Helm chart"
			}
		}
		if child.Kind == yaml.AliasNode {
			return "a document with aliases"
		}
		if remote := remoteBelow(child, isPath, depth+1); remote != "" {
			return remote
		}
	}
	return ""
}
