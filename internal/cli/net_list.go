package cli

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/analysis/reach"
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/report"
)

// netListFlags are the flags of net list.
type netListFlags struct {
	questionFlags
	networkFlags
	from, to []string
	port     string
	bySource bool
}

func (a *app) netListCommand() *cobra.Command {
	var f netListFlags
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List who can reach whom, on which ports",
		Long: `List shows every connection that is not denied between workloads, and to and from
addresses outside. The table joins what says the same: shop/* is every workload of the
namespace shop. Documents (json, yaml, csv) have one item for each pair of peers and
range of ports; addresses are ranges as wide as they can be. What a pod says to itself
no policy sees, and is left out.

Network policies and a service mesh decide together: what one of them forbids is not
listed, and what a mesh lets through for some requests only is conditional, with its
condition. Net mtls says how a connection is encrypted.

Peers are NAMESPACE/NAME, NAMESPACE/NAME[KIND], NAMESPACE/*, an address, a range of
addresses (10.0.0.0/8 or 10.0.0.1-10.0.0.9), or {ingress-controller}: the pods that
serve Ingresses, Gateways and Routes.`,
		Example: `  holdfast net list
  holdfast net list -f deploy/ -o html > matrix.html
  holdfast net list -f deploy/ --to shop/db --port 5432
  holdfast net list -n shop -o svg > shop.svg`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.netList(cmd.Context(), &f) },
	}
	flags := cmd.Flags()
	flags.StringSliceVarP(&f.paths, "filename", "f", nil, "files, folders, charts or a saved snapshot to ask instead of the current cluster; - is standard input")
	f.addCluster(flags)
	f.addFiles(flags)
	f.networkFlags.add(flags)
	f.addNamespace(flags, "show only connections from or to this namespace")
	flags.StringSliceVar(&f.from, "from", nil, "show only connections from these peers")
	flags.StringSliceVar(&f.to, "to", nil, "show only connections to these peers")
	flags.StringVar(&f.port, "port", "", "show only connections on this port: 80, 80/UDP, or the name of a container port")
	flags.BoolVar(&f.bySource, "by-source", false, "group the table by source instead of by destination")
	flags.StringVar(&f.version, "kubernetes-version", "", "version of Kubernetes to judge against, as 1.36 (default: the cluster's, or the newest known)")
	var names []string
	for _, format := range report.ConnectionFormats() {
		names = append(names, string(format))
	}
	flags.StringVarP(&f.output, "output", "o", string(report.Table), "format of the list: "+strings.Join(names, ", "))
	return cmd
}

func (a *app) netList(ctx context.Context, f *netListFlags) error {
	format, err := report.ParseConnectionFormat(f.output)
	if err != nil {
		return err
	}
	profile, err := f.profile()
	if err != nil {
		return err
	}
	filter, err := f.filter()
	if err != nil {
		return err
	}
	plane, err := f.plane(len(f.paths) > 0)
	if err != nil {
		return err
	}
	read, err := a.readNet(ctx, &f.questionFlags, f.paths)
	if err != nil {
		return err
	}
	return untilDone(ctx, func() error {
		view, gaps := watch(mesh.Assume(read.snapshot, plane))
		network := reach.Of(view, profile)
		workload.Complete(view, f.namespace) // files without any workload say nothing
		if err := filter.check(network); err != nil {
			a.warnGaps(gaps())
			return err
		}
		list := report.Connections{
			Target: read.target, Filter: filter.text(), Network: network, List: filter.apply(network.Connections()), BySource: f.bySource,
			Tool: a.tool(), Gaps: joinGaps(gaps(), append(skippedOf(read), network.Gaps()...)),
		}
		if format == report.CSV || format == report.SVG || format == report.DOT {
			a.warnGaps(list.Gaps)
		}
		unknown, err := report.WriteConnections(a.streams.Out, format, list, a.place(false))
		answer := report.Answer{Outcome: model.NotApplicable, Gaps: list.Gaps}
		if unknown {
			answer.Outcome = model.Unknown
		}
		a.status = answer.Exit()
		return err
	})
}

// readNet reads what decides who reaches whom: of a cluster in all namespaces, since
// a policy names peers in others.
func (a *app) readNet(ctx context.Context, f *questionFlags, paths []string) (*reading, error) {
	namespace := ""
	if len(paths) > 0 {
		namespace = f.namespace
	}
	return a.readFor(ctx, f, reach.Kinds(), namespace, paths)
}

// skippedOf lists input that was met and left aside: a policy may be among it, as in a
// Component that no kustomization uses.
func skippedOf(read *reading) []model.Gap {
	return slices.DeleteFunc(read.snapshot.Gaps(), func(g model.Gap) bool { return !g.Skipped })
}

// joinGaps sorts gaps of two origins and drops what both have.
func joinGaps(a, b []model.Gap) []model.Gap {
	gaps := slices.Concat(a, b)
	slices.SortStableFunc(gaps, model.Gap.Compare)
	return slices.CompactFunc(gaps, func(a, b model.Gap) bool { return a.Compare(b) == 0 })
}

// netFilter says which connections are shown.
type netFilter struct {
	namespace string
	from, to  []peerPattern
	port      *portPattern
	words     []string
}

func (f *netListFlags) filter() (*netFilter, error) {
	filter := &netFilter{namespace: f.namespace}
	if f.namespace != "" {
		filter.words = append(filter.words, "from or to namespace "+f.namespace)
	}
	unsaid := f.namespace
	if unsaid == "" {
		unsaid = f.contextNamespace()
	}
	for _, side := range []struct {
		texts []string
		into  *[]peerPattern
		word  string
	}{{f.from, &filter.from, "from "}, {f.to, &filter.to, "to "}} {
		for _, text := range side.texts {
			pattern, err := parsePeer(text, unsaid)
			if err != nil {
				return nil, err
			}
			*side.into = append(*side.into, pattern)
		}
		if len(side.texts) > 0 {
			filter.words = append(filter.words, side.word+strings.Join(side.texts, " or "))
		}
	}
	if f.port != "" {
		port, err := parsePort(f.port)
		if err != nil {
			return nil, fmt.Errorf("--port: %w", err)
		}
		filter.port = &port
		filter.words = append(filter.words, "port "+f.port)
	}
	return filter, nil
}

// text says what the list is limited to.
func (f *netFilter) text() string {
	if len(f.words) == 0 {
		return ""
	}
	return "only " + strings.Join(f.words, ", ")
}

// check refuses filters that name nothing which was read: an empty list would be
// taken for an answer.
func (f *netFilter) check(n *reach.Network) error {
	for _, patterns := range [][]peerPattern{f.from, f.to} {
		for i := range patterns {
			if _, err := patterns[i].ends(n); err != nil {
				return err
			}
		}
	}
	return nil
}

// apply limits a list. Ranges of ports are cut to what is asked for, and ranges of
// addresses too.
func (f *netFilter) apply(list iter.Seq[*reach.Connection]) iter.Seq[*reach.Connection] {
	if len(f.words) == 0 {
		return list
	}
	from, to := peerFilter{patterns: f.from}, peerFilter{patterns: f.to}
	return func(yield func(*reach.Connection) bool) {
		for c := range list {
			if !from.shows(c.Src) || !to.shows(c.Dst) || !f.inNamespace(c) {
				continue
			}
			if f.port == nil {
				if !yield(c) {
					return
				}
				continue
			}
			for _, port := range f.port.at(c.Dst) {
				if port.Protocol != c.Protocol || port.Port < c.From || port.Port > c.To {
					continue
				}
				cut := *c
				cut.From, cut.To = port.Port, port.Port
				if !yield(&cut) {
					return
				}
			}
		}
	}
}

func (f *netFilter) inNamespace(c *reach.Connection) bool {
	return f.namespace == "" || c.Src.End != nil && c.Src.End.Namespace == f.namespace || c.Dst.End != nil && c.Dst.End.Namespace == f.namespace
}

// peerFilter remembers what it said of workloads.
type peerFilter struct {
	patterns []peerPattern
	known    map[*netpol.End]bool
}

func (f *peerFilter) shows(p reach.Peer) bool {
	if len(f.patterns) == 0 {
		return true
	}
	if p.End != nil {
		if shown, ok := f.known[p.End]; ok {
			return shown
		}
	}
	shown := slices.ContainsFunc(f.patterns, func(pattern peerPattern) bool { return pattern.matches(p) })
	if p.End != nil {
		if f.known == nil {
			f.known = map[*netpol.End]bool{}
		}
		f.known[p.End] = shown
	}
	return shown
}
