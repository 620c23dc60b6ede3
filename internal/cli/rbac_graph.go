package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack/escalation"
	"holdfast.dev/holdfast/internal/attack/techniques"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/report"
	"holdfast.dev/holdfast/internal/snapshot"
)

func (a *app) rbacGraphCommand() *cobra.Command {
	var f questionFlags
	cmd := &cobra.Command{
		Use:   "graph SUBJECT",
		Short: "Draw what a subject can make of its rights",
		Long: `Graph draws the subject, the bindings that name it or a group that it is in, their
roles, and what techniques of attack make of their rules. A dashed line stands for
what is possible only if something that is not known is so. The page (-o html) has
the picture and all that it shows as tables, with the lines of files; dot is for
Graphviz.`,
		Example: `  holdfast rbac graph sa:shop/web > web.svg
  holdfast rbac graph sa:shop/web -f deploy/ -o html > web.html
  holdfast rbac graph user:jane -o dot | dot -Tpdf > jane.pdf`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			subject, err := parseSubject(args[0])
			if err != nil {
				return err
			}
			return a.rbacGraph(cmd.Context(), &f, subject)
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVarP(&f.paths, "filename", "f", nil, "files, folders, charts or a saved snapshot to draw instead of the current cluster; - is standard input")
	f.addCluster(flags)
	f.addFiles(flags)
	f.addNamespace(flags, "read only this namespace, and what lies in none")
	flags.StringVar(&f.version, "kubernetes-version", "", "version of Kubernetes to judge against, as 1.36 (default: the cluster's, or the newest known)")
	f.addGates(flags)
	flags.StringVarP(&f.output, "output", "o", string(report.SVG), "format of the picture: "+graphFormatNames())
	return cmd
}

func graphFormatNames() string {
	var names []string
	for _, format := range report.GraphFormats() {
		names = append(names, string(format))
	}
	return strings.Join(names, ", ")
}

func (a *app) rbacGraph(ctx context.Context, f *questionFlags, subject rbac.Subject) error {
	format, err := report.ParseGraphFormat(f.output)
	if err != nil {
		return err
	}
	var version snapshot.Version
	if f.version != "" {
		if version, err = parseVersion(f.version); err != nil {
			return fmt.Errorf("--kubernetes-version: %w", err)
		}
	}
	// All kinds are read: techniques look at what their targets are.
	read, err := a.read(ctx, &f.readFlags, f.namespace, version, f.paths)
	if err != nil {
		return err
	}
	return untilDone(ctx, func() error {
		graph := a.graphOf(read.snapshot, subject)
		if len(graph.Gaps) > 0 {
			a.status = 2
		}
		for _, gap := range graph.Gaps {
			a.warn("%s: %s", gap.Scope, gap.Reason)
		}
		return report.WriteGraph(a.streams.Out, format, graph)
	})
}

// graphOf draws a subject. What is not known of roles and bindings is a gap of the
// picture; what techniques could not see makes their steps possible instead.
func (a *app) graphOf(s *snapshot.Snapshot, subject rbac.Subject) report.Graph {
	view, gaps := watch(s)
	grants, _ := rbac.Rules(view, subject)
	documented := map[string]model.Control{}
	for _, technique := range techniques.All() {
		documented[technique.ID] = technique.Control
	}
	graph := report.RBACGraph(subject, grants, escalation.Of(s.View(), subject), documented)
	graph.Tool, graph.Gaps = a.tool(), gaps()
	if !subject.Identities().Named(s.View()) {
		a.warn("no binding names %s", subject)
	}
	return graph
}
