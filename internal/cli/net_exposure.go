package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/analysis/exposure"
	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/report"
	"holdfast.dev/holdfast/internal/snapshot"
)

// exposureFlags are the flags of net exposure.
type exposureFlags struct {
	questionFlags
	networkFlags
	direction string
}

// directions are the values of --direction.
func directions() []string { return []string{"in", "out", "both"} }

func (a *app) netExposureCommand() *cobra.Command {
	var f exposureFlags
	cmd := &cobra.Command{
		Use:   "exposure",
		Short: "List what leads from outside to pods, and what pods reach outside",
		Long: `Exposure lists every path from outside to a port of pods: over load balancers, node
ports, external and host ports, the network of the host, Ingresses, Gateways, OpenShift
Routes and Istio, with who can use it, what encrypts it, and whether network policies
and a service mesh let it through. A workload without a path is not-exposed only if
every kind that could open one is known; of files, in which kinds are missing, it is
unknown.

From pods it lists who reaches the internet, the metadata service of the cloud, the API
server, the kubelets and other namespaces, as far as policies say.

Firewalls and filters outside of the cluster cannot be seen: a path that depends on one
names it as a condition.`,
		Example: `  holdfast net exposure
  holdfast net exposure -n shop --direction in
  holdfast net exposure -f deploy/ -o csv`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !slices.Contains(directions(), f.direction) {
				return fmt.Errorf("--direction: %q is none: use %s", f.direction, strings.Join(directions(), ", "))
			}
			profile, err := f.profile()
			if err != nil {
				return err
			}
			plane, err := f.plane(len(f.paths) > 0)
			if err != nil {
				return err
			}
			kinds := slices.Concat(exposure.Kinds(), netpol.PolicyKinds(), mesh.Kinds())
			return a.ask(cmd.Context(), &f.questionFlags, "", kinds, func(v *snapshot.View) (report.Answer, error) {
				return assuming(v, plane, func(v *snapshot.View) (report.Answer, error) { return exposureOf(v, &f, profile), nil })
			})
		},
	}
	f.questionFlags.add(cmd.Flags())
	f.addNamespace(cmd.Flags(), "list only workloads of this namespace")
	cmd.Flags().StringVar(&f.direction, "direction", "both", "what to list: "+strings.Join(directions(), ", "))
	f.networkFlags.add(cmd.Flags())
	return cmd
}

// exposureAnswer is an answer under construction.
type exposureAnswer struct {
	namespace string // only this one
	layer     *exposure.PolicyLayer
	meshes    *exposure.MeshLayer
	items     []exposureItem
	records   [][]report.Cell
	paths     [][]report.Cell
	without   [][]report.Cell
	broken    [][]report.Cell
	outward   [][]report.Cell
	count     map[exposure.Verdict]int // of workloads
	internet  map[netpol.Verdict]int   // of workloads, whether they reach it
	unsure    bool
	goals     []exposure.Destination
	missing   []string // kinds that were not supplied
}

func exposureOf(v *snapshot.View, f *exposureFlags, profile netpol.Profile) report.Answer {
	x := exposureAnswer{namespace: f.namespace, layer: exposure.Under(v, profile), items: []exposureItem{}, count: map[exposure.Verdict]int{}, internet: map[netpol.Verdict]int{}}
	if f.direction != "out" {
		x.inward(v)
	}
	if f.direction != "in" {
		x.outwards(v)
	}
	answer := report.Answer{
		Kind: "NetExposure", Question: "What leads from outside to pods, and out of them?", Outcome: model.NotApplicable, Items: x.items,
		Tables: []report.AnswerTable{
			{Title: "Paths from outside", Columns: x.pathColumns(), Rows: x.paths},
			{Title: "Without an open path", Columns: []string{"verdict", "workload", "why"}, Rows: x.without},
			{Title: "Leads nowhere", Columns: []string{"entry", "way", "why", "where"}, Rows: x.broken},
			{Title: "From pods, as policies say", Columns: x.goalColumns(), Rows: x.outward},
		},
		Records: &report.AnswerTable{Columns: exposureColumns(), Rows: x.records},
		// What the view missed is told for all questions alike.
		Gaps: slices.DeleteFunc(slices.Concat(x.layer.Gaps, x.meshes.Gaps()), func(g model.Gap) bool { return slices.ContainsFunc(v.Missing(), g.Scope.Overlaps) }),
	}
	answer.Reply = x.reply(f.direction)
	if len(x.missing) > 0 {
		slices.Sort(x.missing)
		answer.Legend = "Not supplied, and could open paths: " + strings.Join(slices.Compact(x.missing), ", ")
	}
	if x.unsure {
		answer.Outcome = model.Unknown
	}
	return answer
}

func (x *exposureAnswer) reply(direction string) string {
	var parts []string
	if direction != "out" {
		total := 0
		for _, n := range x.count {
			total += n
		}
		parts = append(parts, fmt.Sprintf("%d of %s exposed", x.count[exposure.Exposed], counted(total, "workload"))+
			among(x.count, exposure.Undefined, exposure.Unknown, exposure.NotExposed))
	}
	if direction != "in" {
		parts = append(parts, fmt.Sprintf("%d of %s may reach the internet", x.internet[netpol.Allowed], counted(len(x.outward), "workload"))+
			among(x.internet, netpol.Undefined, netpol.Unknown))
	}
	return strings.Join(parts, "; ")
}

// among says how many have each of the verdicts, if any has.
func among[V interface {
	comparable
	fmt.Stringer
}](count map[V]int, verdicts ...V) string {
	text := ""
	for _, verdict := range verdicts {
		if n := count[verdict]; n > 0 {
			text += fmt.Sprintf(", %d %s", n, verdict)
		}
	}
	return text
}

// inward adds the paths from outside, and the workloads that nothing leads to.
func (x *exposureAnswer) inward(v *snapshot.View) {
	m := exposure.Of(v, x.namespace)
	x.meshes = exposure.Meshes(v, x.layer)
	for _, s := range m.Standings(v, x.layer, x.meshes) {
		if x.namespace != "" && s.Workload.Object.Namespace != x.namespace {
			continue
		}
		x.count[s.Verdict]++
		for i := range s.Entrances {
			x.path(&s.Entrances[i])
		}
		if s.Verdict == exposure.NotExposed || s.Verdict == exposure.Unknown {
			x.withoutPath(&s)
		}
	}
	for _, e := range m.Strays() {
		if x.namespace == "" || cmp.Or(e.Entry.Namespace, x.namespace) == x.namespace {
			x.path(&e)
		}
	}
	for i := range m.Broken {
		if b := &m.Broken[i]; x.namespace == "" || cmp.Or(b.Entry.Namespace, x.namespace) == x.namespace {
			x.leadsNowhere(b)
		}
	}
}

func (x *exposureAnswer) path(e *exposure.Entrance) {
	deciders := x.layer.Deciders(&e.Passage)
	item := itemOfPath(e, deciders)
	x.items = append(x.items, item)
	x.records = append(x.records, item.record())
	unknown := e.Passage.Verdict == netpol.Unknown || e.Mesh != nil && e.Mesh.Access == mesh.AccessUnknown
	x.unsure = x.unsure || unknown && e.Passage.Note == ""
	row := []report.Cell{
		{Text: e.Verdict.String(), Notes: e.Conditions}, {Text: e.Target.String()}, {Text: targetPort(&e.Target)},
		{Text: e.Way.String() + " " + e.Entry.Name}, {Text: sourcesText(&e.Sources, e.Passage.From)},
		{Text: doorText(e.Path)}, {Text: tlsText(e.TLS)}, {Text: policyText(&e.Passage, deciders), Notes: deciderNotes(deciders)},
	}
	if x.meshes != nil {
		row = append(row, meshCell(e.Mesh))
	}
	x.paths = append(x.paths, append(row, report.Cell{Text: whereText(e.Evidence), Notes: evidenceNotes(e.Evidence)}))
}

// pathColumns has one of the mesh where there is any.
func (x *exposureAnswer) pathColumns() []string {
	columns := []string{"verdict", "workload", "port", "way", "from", "at", "tls", "policies"}
	if x.meshes != nil {
		columns = append(columns, "mesh")
	}
	return append(columns, "where")
}

func (x *exposureAnswer) withoutPath(s *exposure.Standing) {
	item := itemOfStanding(s)
	x.items = append(x.items, item)
	x.records = append(x.records, item.record())
	x.unsure = x.unsure || len(s.Reasons) > 0
	x.missing = append(x.missing, s.NotSupplied...)
	x.without = append(x.without, report.Cells(s.Verdict.String(), s.Workload.Object.ID.String(), standingText(s)))
}

func (x *exposureAnswer) leadsNowhere(b *exposure.Broken) {
	item := itemOfBroken(b)
	x.items = append(x.items, item)
	x.records = append(x.records, item.record())
	x.broken = append(x.broken, []report.Cell{
		{Text: b.Entry.ID.String()}, {Text: b.Way.String()}, {Text: b.Reason}, {Text: whereText(b.Evidence), Notes: evidenceNotes(b.Evidence)},
	})
}

// outwards adds what each workload reaches.
func (x *exposureAnswer) outwards(v *snapshot.View) {
	x.goals = exposure.Destinations(v)
	for _, w := range exposure.Workloads(v) {
		if x.namespace != "" && w.Object.Namespace != x.namespace {
			continue
		}
		row := report.Cells(w.Object.ID.String())
		for i := range x.goals {
			passage := x.layer.Outbound(w, &x.goals[i])
			if x.goals[i].Goal == exposure.Internet {
				x.internet[passage.Verdict]++
			}
			deciders := x.layer.Deciders(&passage)
			item := itemOfGoal(w, &x.goals[i], &passage, deciders)
			x.items = append(x.items, item)
			x.records = append(x.records, item.record())
			x.unsure = x.unsure || passage.Verdict == netpol.Unknown && passage.Note == ""
			row = append(row, report.Cell{Text: passage.Verdict.String(), Notes: append(deciderNotes(deciders), item.Conditions...)})
		}
		x.outward = append(x.outward, row)
	}
}

func (x *exposureAnswer) goalColumns() []string {
	columns := []string{"workload"}
	for i := range x.goals {
		columns = append(columns, x.goals[i].Goal.String())
	}
	return columns
}
