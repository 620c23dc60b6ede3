package cli

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/spf13/pflag"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"holdfast.dev/holdfast/internal/analysis/feature"
	"holdfast.dev/holdfast/internal/analysis/secret"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/source/kube"
)

// liveFlags say which cluster to read when no path is named.
type liveFlags struct {
	kubeconfig, contextName string
	allResources            bool
	kinds                   []snapshot.GroupKind // what to read; nil: what controls and questions need; no flag
	gates                   []string
}

// addGates adds the flag of commands whose answer depends on feature gates.
func (f *liveFlags) addGates(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.gates, "feature-gates", nil, "feature gates of the API server, as NAME=true (default: as its arguments say, or its version has them)")
}

// under completes the settings of what was read with the feature gates that were
// said.
func (f *liveFlags) under(settings snapshot.Settings) (snapshot.Settings, error) {
	if len(f.gates) == 0 {
		return settings, nil
	}
	gates, err := feature.Parse(f.gates)
	if err != nil {
		return settings, fmt.Errorf("--feature-gates: %w", err)
	}
	settings.Gates = gates
	return settings, nil
}

// addCluster adds the flags that choose a cluster.
func (f *liveFlags) addCluster(flags *pflag.FlagSet) {
	flags.StringVar(&f.kubeconfig, "kubeconfig", "", "kubeconfig of the cluster (default: as kubectl finds it)")
	flags.StringVar(&f.contextName, "context", "", "context of the kubeconfig (default: the current one)")
}

func (f *liveFlags) add(flags *pflag.FlagSet) {
	f.addCluster(flags)
	flags.BoolVar(&f.allResources, "all-resources", false, "read every kind that the cluster lists, not only what controls and questions need")
}

// readLive reads a running cluster.
func (a *app) readLive(ctx context.Context, f *liveFlags, namespace string, version snapshot.Version) (*reading, error) {
	config, target, err := kube.Config(f.kubeconfig, f.contextName)
	if err != nil {
		return nil, err
	}
	config.UserAgent = "holdfast/" + a.build.Version
	key, err := installationKey(false)
	if err != nil {
		return nil, err
	}
	progress, finish := a.progress()
	defer finish()
	wanted := f.kinds
	if wanted == nil {
		wanted = engine.Reads()
	}
	source := kube.New(kube.Options{
		Config: config, Namespace: namespace, Kinds: wanted, AllResources: f.allResources,
		Redact: secret.NewDetector(key).Redact, Progress: progress,
	})
	served, err := source.Version(ctx)
	if err != nil {
		return nil, err
	}
	changes, err := collect(ctx, source)
	if err != nil {
		return nil, err
	}
	if version.IsZero() {
		version = served
		if served.Major != 1 || newest().Less(served) {
			version = newest()
			changes = append(changes, unknownVersion(served))
		}
	}
	settings, err := f.under(snapshot.Settings{Version: version, Live: true, Now: a.now().UTC()})
	if err != nil {
		return nil, err
	}
	return &reading{snapshot: snapshot.New(settings, changes...), target: target}, nil
}

// unknownVersion says that a cluster is newer than what it is judged against, or
// was built from no release. Verdicts stand, but what its version brought was not
// looked at.
func unknownVersion(served snapshot.Version) snapshot.Change {
	return snapshot.Change{Gap: &model.Gap{Refused: true, Reason: fmt.Sprintf(
		"the cluster runs Kubernetes %s, Holdfast knows versions up to %s: it was judged as %s; use a newer Holdfast, or say --kubernetes-version %[2]s to accept that",
		served, newest(), newest())}}
}

// progress returns what shows how far the reading is, on a terminal only, and what
// takes it away again.
func (a *app) progress() (report func(done, total int, what string), finish func()) {
	file, ok := terminal(a.streams.Err)
	if !ok {
		return nil, func() {}
	}
	container := mpb.New(mpb.WithOutput(file), mpb.WithWidth(40))
	var bar *mpb.Bar        // from the first report on
	var latest atomic.Value // written by the reading, read by the bar
	report = func(done, total int, what string) {
		latest.Store(what)
		if bar == nil {
			bar = container.AddBar(int64(total),
				mpb.PrependDecorators(decor.Name("reading the cluster "), decor.CountersNoUnit("%2d/%2d ")),
				mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return " " + latest.Load().(string) })),
				mpb.BarRemoveOnComplete())
		}
		bar.SetCurrent(int64(done))
	}
	return report, func() {
		if bar != nil {
			bar.Abort(true)
		}
		container.Wait()
	}
}
