package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) devCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "dev", Short: "Help to work on Holdfast itself"}
	cmd.AddCommand(a.newCheckCommand())
	return cmd
}

func (a *app) newCheckCommand() *cobra.Command {
	var layer, root string
	cmd := &cobra.Command{
		Use:     "new-check ID",
		Short:   "Scaffold a check and its fixture",
		Example: "  holdfast dev new-check --layer workload root-group",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			files, err := scaffold(root, layer, args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.streams.Out, "wrote %s\nnow: go generate ./internal/check/all && go test ./internal/check/all -run TestChecks/%s -update\n",
				strings.Join(files, "\nwrote "), args[0])
			return err
		},
	}
	cmd.Flags().StringVar(&layer, "layer", "workload", "layer of the check: workload, cluster, network, data")
	cmd.Flags().StringVar(&root, "root", ".", "the checkout of Holdfast")
	return cmd
}

// scaffold writes the two files of a check and returns their names.
func scaffold(root, layer, id string) ([]string, error) {
	if !regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`).MatchString(id) {
		return nil, fmt.Errorf("%q is no id: use lower-case words and hyphens, as root-group", id)
	}
	folder := filepath.Join(root, "internal", "check", layer)
	if _, err := os.Stat(folder); err != nil {
		return nil, fmt.Errorf("find the folder of the layer: %w (name the checkout with --root)", err)
	}
	base := filepath.Join(folder, strings.ReplaceAll(id, "-", "_"))
	source := strings.NewReplacer("<layer>", layer, "<constant>", "Layer"+strings.ToUpper(layer[:1])+layer[1:], "<function>", functionName(id), "<id>", id).Replace(checkTemplate)
	files := []string{base + ".go", base + ".txtar"}
	for i, content := range []string{source, fixtureTemplate} {
		file, err := os.OpenFile(files[i], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return nil, fmt.Errorf("scaffold %s: %w", id, err)
		}
		_, err = file.WriteString(content)
		if closeErr := file.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			return nil, fmt.Errorf("scaffold %s: %w", id, err)
		}
	}
	return files, nil
}

func functionName(id string) string {
	var name strings.Builder
	for word := range strings.SplitSeq(id, "-") {
		name.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return name.String()
}

const checkTemplate = `package <layer>

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// <function> fails containers without an image.
func <function>() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "<id>",
			Title:       "What is wrong, as a short statement",
			Layer:       model.<constant>,
			Severity:    model.Low,
			Rationale:   "What an attacker or an accident makes of it.",
			Remediation: "What to write, and where.",
			References:  []model.Reference{model.Docs("concepts/workloads/pods/")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			for _, container := range c.Workload().Containers {
				if container.Image == "" {
					c.Fail(container.Name, "container %s has no image", container.Name).
						In(container.Object, container.Path+".image", nil)
				}
			}
		},
	}
}
`

const fixtureTemplate = `-- bad.yaml --
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers:
    - name: web
-- good.yaml --
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers:
    - name: web
      image: registry.example/web:1.0
-- want --
`
