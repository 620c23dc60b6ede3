package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/client-go/tools/clientcmd"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/report"
	"holdfast.dev/holdfast/internal/snapshot"
)

// questionFlags are the flags of every question: what to read, for which version, and
// how to answer.
type questionFlags struct {
	readFlags
	paths     []string
	namespace string
	version   string
	output    string
}

func (f *questionFlags) add(flags *pflag.FlagSet) {
	flags.StringSliceVarP(&f.paths, "filename", "f", nil, "files, folders, charts or a saved snapshot to ask instead of the current cluster; - is standard input")
	f.addCluster(flags)
	f.addFiles(flags)
	flags.StringVar(&f.version, "kubernetes-version", "", "version of Kubernetes to judge against, as 1.36 (default: the cluster's, or the newest known)")
	flags.StringVarP(&f.output, "output", "o", "table", "format of the answer: "+answerFormatNames())
}

// addNamespace adds -n, which means something else to each question.
func (f *questionFlags) addNamespace(flags *pflag.FlagSet, usage string) {
	flags.StringVarP(&f.namespace, "namespace", "n", "", usage+"; in files, also the one of objects that name none")
}

func answerFormatNames() string {
	names := make([]string, 0, len(report.AnswerFormats()))
	for _, format := range report.AnswerFormats() {
		names = append(names, string(format))
	}
	return strings.Join(names, ", ")
}

// definitionKind is read for the names of resources. What is not known of it makes no
// answer uncertain.
func definitionKind() snapshot.GroupKind {
	return snapshot.GroupKind{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition"}
}

// ask reads the kinds that a question needs, of a cluster in one namespace or with ""
// in all, and writes the answer that it gives. What the question read through the view
// and could not see is a gap of the answer.
func (a *app) ask(ctx context.Context, f *questionFlags, namespace string, kinds []snapshot.GroupKind, question func(*snapshot.View) (report.Answer, error)) error {
	format, err := report.ParseAnswerFormat(f.output)
	if err != nil {
		return err
	}
	if len(f.paths) > 0 {
		namespace = f.namespace
	}
	read, err := a.readFor(ctx, f, kinds, namespace, f.paths)
	if err != nil {
		return err
	}
	return untilDone(ctx, func() error {
		view, gaps := watch(read.snapshot)
		answer, err := question(view)
		if err != nil {
			a.warnGaps(gaps()) // what was not found may be there
			return err
		}
		answer.Target, answer.Gaps = read.target, append(gaps(), answer.Gaps...)
		return a.write(format, answer)
	})
}

// readFor reads what a question needs: of a cluster only these kinds.
func (a *app) readFor(ctx context.Context, f *questionFlags, kinds []snapshot.GroupKind, namespace string, paths []string) (*reading, error) {
	var version snapshot.Version
	if f.version != "" {
		var err error
		if version, err = parseVersion(f.version); err != nil {
			return nil, fmt.Errorf("--kubernetes-version: %w", err)
		}
	}
	f.kinds = append(slices.Clone(kinds), definitionKind())
	return a.read(ctx, &f.readFlags, namespace, version, paths)
}

// write writes an answer and sets the exit status. The gaps that a csv has no place
// for go to standard error.
func (a *app) write(format report.Format, answer report.Answer) error {
	a.status = answer.Exit()
	if format == report.CSV {
		a.warnGaps(answer.Gaps)
	}
	return report.WriteAnswer(a.streams.Out, format, answer, a.place(false))
}

// warnGaps tells gaps where the output has no place for them.
func (a *app) warnGaps(gaps []model.Gap) {
	for _, gap := range gaps {
		if !gap.Skipped {
			a.warnGap(gap)
		}
	}
}

// warn says on standard error what a user should know beside the answer.
func (a *app) warn(format string, args ...any) {
	fmt.Fprintf(a.streams.Err, "Warning: %s\n", report.Visible(fmt.Sprintf(format, args...)))
}

// watch starts a reading of a snapshot. Once it is done, gaps lists what could not
// be seen of what was read: as the source said, or as not supplied.
func watch(s *snapshot.Snapshot) (view *snapshot.View, gaps func() []model.Gap) {
	reads := map[model.Scope]bool{}
	view = s.View().Trace(func(scope model.Scope) { reads[scope] = true })
	return view, func() []model.Gap {
		var missing []model.Scope
		for _, scope := range view.Missing() {
			if (snapshot.GroupKind{Group: scope.Group, Kind: scope.Kind}) != definitionKind() {
				missing = append(missing, scope)
			}
		}
		return gapsOf(s, missing, reads)
	}
}

func gapsOf(s *snapshot.Snapshot, missing []model.Scope, reads map[model.Scope]bool) []model.Gap {
	var gaps []model.Gap
	told := map[model.Scope]bool{}
	for _, gap := range s.Gaps() {
		counts := false
		if gap.Hides() {
			for _, scope := range missing {
				if gap.Scope.Overlaps(scope) {
					counts, told[scope] = true, true
				}
			}
		} else if gap.Refused {
			for scope := range reads {
				counts = counts || gap.Scope.Overlaps(scope)
			}
		}
		if counts {
			gaps = append(gaps, gap)
		}
	}
	for _, scope := range missing {
		within := func(other model.Scope) bool { return other != scope && other.Contains(scope) }
		if !told[scope] && !slices.ContainsFunc(missing, within) {
			gaps = append(gaps, model.Gap{Scope: scope, Reason: "not supplied: what it would say is not known"})
		}
	}
	slices.SortFunc(gaps, model.Gap.Compare)
	return slices.Compact(gaps)
}

// contextNamespace is the namespace that kubectl would ask about: of files default,
// of a cluster that of the context.
func (f *questionFlags) contextNamespace() string {
	const unsaid = "default"
	if len(f.paths) > 0 {
		return unsaid
	}
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = f.kubeconfig
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{CurrentContext: f.contextName})
	namespace, _, err := loader.Namespace()
	if err != nil {
		return unsaid // reading the cluster says what is wrong with the kubeconfig
	}
	return namespace
}
