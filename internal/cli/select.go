package cli

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/check/all"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/framework"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/report"
	"holdfast.dev/holdfast/internal/snapshot"
)

// selectFlags say what to judge. Every scanning command has them.
type selectFlags struct {
	frameworks, controls, skip []string
	severity                   string
	version                    string
	namespace                  string
	exceptions                 string
}

func (f *selectFlags) add(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.frameworks, "framework", nil, "judge only the controls of these frameworks, and say which of their requirements are met: "+strings.Join(framework.IDs(), ", "))
	flags.StringSliceVar(&f.controls, "control", nil, "judge only these controls; what they cannot judge is then a gap")
	flags.StringSliceVar(&f.skip, "skip-control", nil, "leave these controls out")
	flags.StringVar(&f.severity, "severity", "info", "report findings of at least this severity: critical, high, medium, low, info")
	flags.StringVar(&f.version, "kubernetes-version", "", "version of Kubernetes to judge against, as 1.36 (default: the cluster's, or the newest known)")
	flags.StringVarP(&f.namespace, "namespace", "n", "", "judge only this namespace; in files, also the one of objects that name none")
	flags.StringVar(&f.exceptions, "exceptions", "", "file of accepted findings (default: exceptions.yaml, if there is one)")
}

// selection is what the flags ask for.
type selection struct {
	checks     []check.Check
	frameworks []framework.Framework // those asked for
	asked      []string
	severity   model.Severity
	version    snapshot.Version // zero: not said
	exceptions *engine.Exceptions
}

func (f *selectFlags) resolve(now time.Time) (*selection, error) {
	s := &selection{asked: f.controls}
	if err := s.severity.UnmarshalText([]byte(f.severity)); err != nil {
		return nil, fmt.Errorf("--severity: %w", err)
	}
	if f.version != "" {
		version, err := parseVersion(f.version)
		if err != nil {
			return nil, fmt.Errorf("--kubernetes-version: %w", err)
		}
		s.version = version
	}
	frameworks, err := framework.Load()
	if err != nil {
		return nil, err
	}
	checks := all.Checks()
	s.checks, err = engine.Select(checks, frameworks, engine.Selection{Frameworks: f.frameworks, Controls: f.controls, Skip: f.skip})
	if err != nil {
		return nil, err
	}
	for _, framework := range frameworks {
		if slices.Contains(f.frameworks, framework.ID) {
			s.frameworks = append(s.frameworks, framework)
		}
	}
	s.exceptions, err = f.readExceptions(checks, now)
	return s, err
}

// newest is the newest minor version of Kubernetes that Holdfast knows.
func newest() snapshot.Version { return snapshot.Version{Major: 1, Minor: 36} }

func parseVersion(text string) (snapshot.Version, error) {
	version, err := snapshot.ParseVersion(text)
	switch {
	case err != nil:
		return version, err
	case version.Major != 1 || newest().Less(version):
		return version, fmt.Errorf("%s is not known: the newest version that Holdfast knows is %s", version, newest())
	}
	return version, nil
}

// readExceptions reads the file named, or exceptions.yaml if there is one.
func (f *selectFlags) readExceptions(checks []check.Check, now time.Time) (*engine.Exceptions, error) {
	file := f.exceptions
	if file == "" {
		file = "exceptions.yaml"
		if _, err := os.Stat(file); err != nil {
			return nil, nil
		}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read exceptions: %w", err)
	}
	known := controlDocs(checks)
	return engine.ParseExceptions(file, data, func(id string) bool { _, ok := known[id]; return ok }, now)
}

// controlDocs is the documentation of every control by id.
func controlDocs(checks []check.Check) map[string]model.Control {
	docs := make(map[string]model.Control, len(checks))
	for i := range checks {
		docs[checks[i].ID] = checks[i].Control
	}
	for _, control := range engine.Controls() {
		docs[control.ID] = control
	}
	return docs
}

// tool is what reports say made them.
func (a *app) tool() report.Tool {
	return report.Tool{Name: "holdfast", Version: a.build.Version, Commit: a.build.Commit}
}
