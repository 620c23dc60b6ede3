package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"holdfast.dev/holdfast/internal/analysis/generate"
	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/report"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/source/flows"
)

// generateFlags are the flags of net generate.
type generateFlags struct {
	questionFlags
	flows      []string
	format     string
	manifests  bool
	namespaces []string
	outside    []string
	merge      int
	apiServer  []string
	networkFlags
	replace bool
}

func (a *app) netGenerateCommand() *cobra.Command {
	var f generateFlags
	cmd := &cobra.Command{
		Use:   "generate (--from-flows FILE | --from-manifests)",
		Short: "Write the network policies that allow what was observed or declared, with the proof",
		Long: `Generate writes NetworkPolicies, ready for kubectl apply, that deny everything by
default and allow the connections that were observed, or that manifests declare: the
Services that variables, arguments and ConfigMaps name, and what Ingresses, routes,
gateways and Services let in from outside. DNS is kept, what a service mesh needs, and
probes that need a rule. What a mesh tunnels is allowed as policies see it.

The proof stands above them. It is computed on the workloads with the policies laid
over: that everything asked for is allowed, that nothing else is, and that no rule, peer
or port can be taken away. What could not be told apart, read or resolved is listed.

Flows are of hubble observe -o json, access logs of Istio's proxies, conntrack -L, or a
csv of source,destination,protocol,port. They show what happened while they were
written: let them cover what happens rarely.`,
		Example: `  hubble observe --since 24h -o jsonpb | holdfast net generate --from-flows - > policies.yaml
  holdfast net generate --from-flows flows.csv -f deploy/ -n shop
  holdfast net generate --from-manifests -f deploy/`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.netGenerate(cmd.Context(), &f) },
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&f.flows, "from-flows", nil, "observed flows, compressed or not; of a folder all files; - is standard input")
	flags.StringVar(&f.format, "format", flows.Detect.String(), "how flows are written: auto, hubble, istio, conntrack, csv")
	flags.BoolVar(&f.manifests, "from-manifests", false, "go by what manifests declare instead of flows")
	flags.StringSliceVarP(&f.namespaces, "namespace", "n", nil, "govern these namespaces only (default: those of workloads that connections begin or end at, without kube-*, openshift-* and control planes of meshes); in files, one is also that of objects that name none")
	flags.StringSliceVar(&f.outside, "outside", nil, "blocks of private addresses that are no pod's, as 10.1.0.0/16")
	flags.IntVar(&f.merge, "merge-addresses", generate.NoMerge, "allow whole IPv4 blocks of so many bits, as 24, where several addresses outside were seen in one (IPv6: four times as many, at most 64)")
	flags.StringSliceVar(&f.apiServer, "api-server", nil, "let workloads that mount a token of their account connect to the API server at ADDRESS:PORT, or at what the cluster says: cluster")
	f.networkFlags.add(flags)
	flags.BoolVar(&f.replace, "replace", false, "take the other network policies of the governed namespaces as deleted")
	f.questionFlags.add(flags)
	output := flags.Lookup("output")
	output.Usage, output.DefValue, f.output = "format: yaml (for kubectl apply), json", "yaml", "yaml"
	return cmd
}

func profileNames() string {
	var names []string
	for _, profile := range netpol.Profiles() {
		names = append(names, profile.Name)
	}
	return strings.Join(names, ", ")
}

// check reads the flags that are no plain values.
func (f *generateFlags) check() (o generate.Options, format flows.Format, err error) {
	switch {
	case f.manifests == (len(f.flows) > 0):
		return o, format, errors.New("say what to go by: either --from-flows FILE or --from-manifests")
	case slices.Contains(f.flows, "-") && slices.Contains(f.paths, "-"):
		return o, format, errors.New("standard input is either the flows or the manifests")
	case f.manifests && f.format != flows.Detect.String():
		return o, format, errors.New("--format is for --from-flows")
	case f.merge < generate.NoMerge || f.merge > 32:
		return o, format, errors.New("--merge-addresses is from 0 to 32")
	case f.output != string(report.YAML) && f.output != string(report.JSON):
		return o, format, fmt.Errorf("%q is no format of policies: use yaml or json", f.output)
	}
	if format, err = flows.ParseFormat(f.format); err != nil {
		return o, format, fmt.Errorf("--format: %w", err)
	}
	if o.Profile, err = f.profile(); err != nil {
		return o, format, err
	}
	o.Namespaces, o.MergeBits, o.Replace = f.namespaces, f.merge, f.replace
	for _, text := range f.outside {
		block, err := netip.ParsePrefix(text)
		if err != nil {
			return o, format, fmt.Errorf("--outside: %q is no block of addresses: write 10.1.0.0/16", text)
		}
		o.Outside = append(o.Outside, block.Masked())
	}
	for _, text := range f.apiServer {
		if text == "cluster" {
			o.FromEndpoints = true
			continue
		}
		server, err := netip.ParseAddrPort(text)
		if err != nil || server.Port() == 0 {
			return o, format, fmt.Errorf("--api-server: %q is no address with a port: write 10.0.0.1:6443, or cluster", text)
		}
		o.APIServer = append(o.APIServer, server)
	}
	return o, format, nil
}

func (a *app) netGenerate(ctx context.Context, f *generateFlags) error {
	options, format, err := f.check()
	if err != nil {
		return err
	}
	namespace := ""
	if len(f.paths) > 0 && len(f.namespaces) == 1 {
		namespace = f.namespaces[0]
	}
	plane, err := f.plane(len(f.paths) > 0)
	if err != nil {
		return err
	}
	read, err := a.readFor(ctx, &f.questionFlags, generateKinds(), namespace, f.paths)
	if err != nil {
		return err
	}
	view, gaps := watch(mesh.Assume(read.snapshot, plane))
	var collector *generate.Collector
	if err := untilDone(ctx, func() error { collector = generate.NewCollector(view, options); return nil }); err != nil {
		return err
	}
	g := generated{from: "manifests"}
	if !f.manifests {
		source := flows.New(flows.Options{Paths: f.flows, Stdin: a.streams.In, Format: format})
		g.summary, err = source.Read(ctx, func(flow *generate.Flow) error {
			collector.Observe(flow)
			return nil
		}, func(gap model.Gap) { g.gaps = append(g.gaps, gap) })
		if err != nil {
			return err
		}
		g.from = g.describe(f.flows)
	}
	return untilDone(ctx, func() error {
		if f.manifests {
			collector.Declare()
		}
		g.result = collector.Generate()
		if !f.manifests && g.summary.Flows == 0 {
			g.gaps = append(g.gaps, model.Gap{Reason: "no connection was observed", File: strings.Join(f.flows, ", ")})
		}
		g.gaps = append(append(g.gaps, g.result.Gaps...), gaps()...)
		return a.writePolicies(f, &g)
	})
}

// generateKinds are what is read of a cluster.
func generateKinds() []snapshot.GroupKind {
	return append(slices.Concat(netpol.Kinds(), mesh.Kinds(), generate.Doors()),
		snapshot.GroupKind{Kind: "Service"}, snapshot.GroupKind{Kind: "ServiceAccount"}, snapshot.GroupKind{Kind: "ConfigMap"},
		snapshot.GroupKind{Group: "discovery.k8s.io", Kind: "EndpointSlice"}, snapshot.GroupKind{Group: "networking.k8s.io", Kind: "Ingress"},
		snapshot.GroupKind{Group: "gateway.networking.k8s.io", Kind: "HTTPRoute"}, snapshot.GroupKind{Group: "gateway.networking.k8s.io", Kind: "GRPCRoute"},
		snapshot.GroupKind{Group: "route.openshift.io", Kind: "Route"},
	)
}

// generated is what is written.
type generated struct {
	result  *generate.Result
	summary flows.Summary
	gaps    []model.Gap
	from    string
}

func (g *generated) describe(files []string) string {
	text := fmt.Sprintf("%s of %s", counted(g.summary.Flows, "flow"), strings.Join(files, ", "))
	for _, left := range []struct {
		count int
		what  string
	}{{g.summary.Replies, "replies"}, {g.summary.Denied, "dropped"}, {g.summary.Unanswered, "unanswered"}, {g.summary.Other, "of other protocols or notices"}} {
		if left.count > 0 {
			text += fmt.Sprintf(", without %d %s", left.count, left.what)
		}
	}
	return text
}

// outcome is Fail where the policies allow something else than was asked for, or have
// a part that does nothing.
func (g *generated) outcome() model.Outcome {
	switch c := &g.result.Certificate; {
	case c.Exact == generate.Refuted || c.Irredundant == generate.Refuted:
		return model.Fail
	case c.Exact == generate.Undecided || c.Irredundant == generate.Undecided:
		return model.Unknown
	default:
		return model.NotApplicable
	}
}

func (a *app) writePolicies(f *generateFlags, g *generated) error {
	slices.SortFunc(g.gaps, model.Gap.Compare)
	g.gaps = slices.Compact(g.gaps)
	answer := report.Answer{Kind: "NetworkPolicies", Items: []policiesItem{itemOfPolicies(g)}, Gaps: g.gaps, Outcome: g.outcome()}
	if f.output == string(report.JSON) {
		return a.write(report.JSON, answer)
	}
	a.status = answer.Exit()
	for _, gap := range g.gaps {
		a.warnGap(gap)
	}
	return writePolicyFile(a.streams.Out, g)
}

// writePolicyFile writes the policies as YAML, below what is proved of them.
func writePolicyFile(w io.Writer, g *generated) error {
	var out strings.Builder
	comment(&out, "Network policies, made by holdfast net generate from %s.", g.from)
	out.WriteString("#\n")
	for _, line := range certificateLines(g.result) {
		comment(&out, "%s", line)
	}
	for _, policy := range g.result.Policies {
		text, err := yaml.Marshal(policy)
		if err != nil {
			return fmt.Errorf("write policies: %w", err)
		}
		out.WriteString("---\n")
		out.Write(text)
	}
	_, err := io.WriteString(w, out.String())
	return err
}
