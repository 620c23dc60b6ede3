package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"holdfast.dev/holdfast/internal/check/all"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/report"
)

// scanFlags are the flags of scan.
type scanFlags struct {
	selectFlags
	readFlags
	output   string
	failOn   string
	baseline string
	all      bool
}

func (a *app) scanCommand() *cobra.Command {
	var f scanFlags
	cmd := &cobra.Command{
		Use:   "scan [PATH... | -]",
		Short: "Find what is insecure in files or in the current cluster",
		Long: `Scan judges manifests, folders, Helm charts, kustomizations, control-plane
configuration files and saved snapshots, or, without a path, the current cluster.`,
		Example: `  holdfast scan deploy/                      # a folder, recursively
  helm template shop | holdfast scan -       # standard input
  holdfast scan charts/shop --set replicas=3 # a chart
  holdfast scan                              # the current cluster
  holdfast scan -o sarif deploy/ > scan.sarif`,
		RunE: func(cmd *cobra.Command, paths []string) error { return a.scan(cmd.Context(), &f, paths) },
	}
	flags := cmd.Flags()
	f.selectFlags.add(flags)
	f.readFlags.add(flags)
	f.addGates(flags)
	flags.StringVarP(&f.output, "output", "o", "table", "format of the report: "+formatNames())
	flags.StringVar(&f.failOn, "fail-on", "high", "exit with 1 when a finding has at least this severity; none never does")
	flags.StringVar(&f.baseline, "baseline", "", "earlier scan (-o json) of which only what is new is reported")
	flags.BoolVar(&f.all, "all", false, "in tables, list every finding that would be collapsed and counted")
	return cmd
}

func formatNames() string {
	names := make([]string, 0, len(report.Formats()))
	for _, format := range report.Formats() {
		names = append(names, string(format))
	}
	return strings.Join(names, ", ")
}

func (a *app) scan(ctx context.Context, f *scanFlags, paths []string) error {
	format, err := report.ParseFormat(f.output)
	if err != nil {
		return err
	}
	failOn, err := parseFailOn(f.failOn)
	if err != nil {
		return err
	}
	now := a.now()
	selection, err := f.selectFlags.resolve(now)
	if err != nil {
		return err
	}
	baseline, err := readBaseline(f.baseline)
	if err != nil {
		return err
	}
	// Finding edits means parsing again, so only the format that takes them pays.
	edits := format == report.SARIF
	f.keepText = edits
	read, err := a.read(ctx, &f.readFlags, f.namespace, selection.version, paths)
	if err != nil {
		return err
	}
	return untilDone(ctx, func() error {
		result := engine.Evaluate(read.snapshot, engine.Request{
			Checks: selection.checks, Asked: selection.asked, Namespace: f.namespace, MinSeverity: selection.severity,
			Exceptions: selection.exceptions, Baseline: baseline, Now: now,
			Edits: edits,
		})
		scan := report.Scan{
			Result: result, Controls: controlDocs(all.Checks()), Tool: a.tool(), Target: read.target,
			KubernetesVersion: read.snapshot.Settings().Version.String(), Root: workingFolder(), FailOn: failOn, New: baseline != nil,
			Frameworks: selection.frameworks,
		}
		a.status = scan.Exit()
		return report.Write(a.streams.Out, format, scan, a.place(f.all))
	})
}

// untilDone runs work that has no context, and leaves it behind when ctx is done
// first: the program ends then, and the work with it.
func untilDone(ctx context.Context, work func() error) error {
	done := make(chan error, 1)
	go func() { done <- work() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func workingFolder() string {
	folder, err := os.Getwd()
	if err != nil {
		return ""
	}
	return folder
}

// parseFailOn returns nil for "none".
func parseFailOn(text string) (*model.Severity, error) {
	if text == "none" {
		return nil, nil
	}
	var severity model.Severity
	if err := severity.UnmarshalText([]byte(text)); err != nil {
		return nil, fmt.Errorf("--fail-on: %w, or none", err)
	}
	return &severity, nil
}

// readBaseline reads the fingerprints of an earlier scan.
func readBaseline(file string) (engine.Baseline, error) {
	if file == "" {
		return nil, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read baseline: %w", err)
	}
	var earlier struct {
		Kind     string `json:"kind"`
		Findings []struct {
			Fingerprint string         `json:"fingerprint"`
			Severity    model.Severity `json:"severity"`
		} `json:"findings"`
	}
	if err := json.Unmarshal(data, &earlier); err != nil || earlier.Kind != "ScanResult" {
		return nil, fmt.Errorf("read baseline %s: it is not the output of holdfast scan -o json", file)
	}
	baseline := engine.Baseline{}
	for _, finding := range earlier.Findings {
		baseline[finding.Fingerprint] = max(baseline[finding.Fingerprint], finding.Severity)
	}
	return baseline, nil
}

// place describes where output goes: a terminal gets colour and its width.
func (a *app) place(all bool) report.Options {
	options := report.Options{All: all}
	if file, ok := terminal(a.streams.Out); ok {
		options.Color = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
		if width, _, err := term.GetSize(int(file.Fd())); err == nil {
			options.Width = width
		}
	}
	return options
}

// terminal returns the file behind a writer when it is a terminal.
func terminal(w io.Writer) (*os.File, bool) {
	file, ok := w.(*os.File)
	return file, ok && term.IsTerminal(int(file.Fd()))
}
