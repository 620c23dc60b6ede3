package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/report"
	"holdfast.dev/holdfast/internal/snapshot"
)

// mtlsFlags are the flags of net mtls.
type mtlsFlags struct {
	questionFlags
	networkFlags
}

func (a *app) netMTLSCommand() *cobra.Command {
	var f mtlsFlags
	cmd := &cobra.Command{
		Use:   "mtls",
		Short: "List which connections a service mesh encrypts, and whom its policies let through",
		Long: `Mtls lists, for each TCP port of each workload, how clients connect through Istio (with
sidecars or in ambient mode) or Linkerd, and whom the policies of the mesh let through:

  mtls                every connection that works is mutual TLS
  plaintext-possible  the server takes a connection of the client in the clear
  broken              none works: one end wants mutual TLS, the other does not speak it
  not-meshed          the server is in no mesh

A client can connect through a Service, or to the address of a pod past its proxy: a
server that accepts plaintext takes the second in the clear. {outside} is whoever is in
no mesh.

The verdict says what network policies and the mesh together let through; what ztunnel
carries, network policies see as TCP 15008. They are not asked about {outside}, whose
address nobody knows.

Files that hold no policies of a mesh are taken to say that there are none. Whether the
pods of a namespace that the files do not hold are in a mesh is not known: --mesh says it.`,
		Example: `  holdfast net mtls
  holdfast net mtls -n shop
  holdfast net mtls -f deploy/ --mesh sidecar -o json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			plane, err := f.plane(len(f.paths) > 0)
			if err != nil {
				return err
			}
			profile, err := f.profile()
			if err != nil {
				return err
			}
			kinds := slices.Concat(mesh.Kinds(), netpol.Kinds())
			return a.ask(cmd.Context(), &f.questionFlags, "", kinds, func(v *snapshot.View) (report.Answer, error) {
				return assuming(v, plane, func(v *snapshot.View) (report.Answer, error) { return mtlsOf(v, &f, profile), nil })
			})
		},
	}
	f.questionFlags.add(cmd.Flags())
	f.addNamespace(cmd.Flags(), "list only servers of this namespace")
	f.networkFlags.add(cmd.Flags())
	return cmd
}

func mtlsOf(v *snapshot.View, f *mtlsFlags, profile netpol.Profile) report.Answer {
	m := mesh.Of(v)
	network := netpol.Model(v, profile)
	x := mtlsAnswer{policies: mesh.Under(network), pairs: f.output == string(report.CSV), names: map[*mesh.Workload]string{}, several: map[*mesh.Workload]bool{}, items: []mtlsItem{}, count: map[mesh.Transport]int{}}
	ends := netpol.IndexEnds(network.Ends())
	for _, w := range m.Workloads() {
		x.names[w] = w.Object.ID.String()
		x.several[w] = slices.ContainsFunc(ends.Of(w.Object), func(e *netpol.End) bool { return e.Replicated })
	}
	clients := append(slices.Clone(m.Workloads()), nil) // and those of no mesh elsewhere
	var last model.ID
	for _, server := range m.Workloads() {
		if f.namespace != "" && server.Namespace() != f.namespace || server.Object.ID == last {
			continue // also in another file: the first counts
		}
		last = server.Object.ID
		for _, port := range m.Ports(server) {
			x.port(m, clients, server, port)
		}
	}
	answer := x.answer()
	answer.Gaps = slices.Concat(network.Gaps(), m.Gaps())
	slices.SortStableFunc(answer.Gaps, model.Gap.Compare)
	return answer
}

// mtlsAnswer is an answer under construction.
type mtlsAnswer struct {
	policies mesh.L4 // of the network
	pairs    bool    // the answer lists every pair of client and port
	names    map[*mesh.Workload]string
	several  map[*mesh.Workload]bool // that may have more pods than one
	items    []mtlsItem
	rows     [][]report.Cell
	ports    int
	count    map[mesh.Transport]int // of ports: the transport of their worst client
	unsure   bool
}

// port adds how every client fares at one port.
func (x *mtlsAnswer) port(m *mesh.Mesh, clients []*mesh.Workload, server *mesh.Workload, port uint16) {
	x.ports++
	var rows []mtlsRow
	transports := map[mesh.Transport]bool{}
	for _, f := range x.fares(m, clients, server, port) {
		transports[f.verdict.Transport] = true
		x.unsure = x.unsure || f.verdict.Transport == mesh.TransportUnknown || f.verdict.Access == mesh.AccessUnknown
		item := itemOfMTLS(m, f, server, port)
		x.items = append(x.items, item)
		rows = addRow(rows, &item, &f.verdict)
	}
	for i := range rows {
		x.rows = append(x.rows, rows[i].cells(server, port, rows[i].item.Mode, len(rows) == 1))
	}
	for _, worst := range []mesh.Transport{mesh.TransportUnknown, mesh.PlaintextPossible, mesh.NotMeshed, mesh.MutualTLS, mesh.Broken} {
		if transports[worst] {
			x.count[worst]++
			break
		}
	}
}

func (x *mtlsAnswer) answer() report.Answer {
	records := &report.AnswerTable{Columns: []string{"dst", "port", "plane", "mode", "src", "transport", "verdict", "condition"}}
	for i := range x.items {
		if x.pairs { // which are too many to make for nobody
			records.Rows = append(records.Rows, recordsOfMTLS(&x.items[i])...)
		}
	}
	answer := report.Answer{
		Kind: "NetMTLS", Question: "Which connections does a service mesh encrypt?", Outcome: model.NotApplicable, Items: x.items,
		Legend:  "{outside}: whoever is in no mesh, as far as the mesh decides",
		Tables:  []report.AnswerTable{{Columns: []string{"server", "port", "accepts", "clients", "transport", "verdict", "condition or reason"}, Rows: x.rows}},
		Records: records,
	}
	parts := []string{fmt.Sprintf("%d of %s let nothing but mutual TLS in", x.count[mesh.MutualTLS]+x.count[mesh.Broken], counted(x.ports, "port"))}
	for _, rest := range []struct {
		transport mesh.Transport
		words     string
	}{{mesh.PlaintextPossible, "take plaintext"}, {mesh.NotMeshed, "are in no mesh"}, {mesh.TransportUnknown, "are unknown"}} {
		if n := x.count[rest.transport]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, rest.words))
		}
	}
	answer.Reply = strings.Join(parts, ", ")
	if x.unsure {
		answer.Outcome = model.Unknown
	}
	return answer
}

// mtlsRow is a row for people: the clients of one port that fare alike.
type mtlsRow struct {
	item    *mtlsItem
	remark  string // the condition, or why it is so
	clients []string
	notes   []string
}

func addRow(rows []mtlsRow, item *mtlsItem, verdict *mesh.Verdict) []mtlsRow {
	remark := remarkOf(verdict)
	at := slices.IndexFunc(rows, func(r mtlsRow) bool {
		return r.item.Transport == item.Transport && r.item.Verdict == item.Verdict && r.remark == remark
	})
	if at < 0 {
		at = len(rows)
		rows = append(rows, mtlsRow{item: item, remark: remark, notes: notesOf(verdict)})
	}
	rows[at].clients = append(rows[at].clients, item.Src...)
	return rows
}

// remarkOf is what a row says besides the two verdicts.
func remarkOf(verdict *mesh.Verdict) string {
	uncertain := verdict.Transport == mesh.TransportUnknown || verdict.Access == mesh.AccessUnknown
	mutual := func(w mesh.Way) bool { return w.Transport == mesh.MutualTLS && w.Service != nil }
	switch {
	case verdict.Condition != "":
		return verdict.Condition
	case uncertain:
		return whyOpen(verdict)
	case verdict.Access == mesh.Denied:
		return whyDenied(verdict)
	case verdict.Transport == mesh.PlaintextPossible && slices.ContainsFunc(verdict.Ways, mutual):
		return "mutual TLS through a Service, plaintext past it"
	default:
		return ""
	}
}

// whyOpen is what leaves a verdict open, or else the first thing that was asked.
func whyOpen(verdict *mesh.Verdict) string {
	first := ""
	for i := range verdict.Ways {
		for j := range verdict.Ways[i].Reasons {
			r := &verdict.Ways[i].Reasons[j]
			if r.Open {
				return reasonText(r)
			}
			if first == "" {
				first = reasonText(r)
			}
		}
	}
	return first
}

// whyDenied is what closes the first way: the last thing that was asked about it.
func whyDenied(verdict *mesh.Verdict) string {
	if len(verdict.Ways) == 0 || len(verdict.Ways[0].Reasons) == 0 {
		return ""
	}
	reasons := verdict.Ways[0].Reasons
	return reasonText(&reasons[len(reasons)-1])
}

func notesOf(verdict *mesh.Verdict) []string {
	var notes []string
	for i := range verdict.Ways {
		way := &verdict.Ways[i]
		through := "to the address of a pod"
		if way.Service != nil {
			through = "through Service " + way.Service.Name
		}
		notes = append(notes, fmt.Sprintf("%s: %s, %s", through, way.Transport, way.Access))
		for j := range way.Reasons {
			notes = append(notes, "  "+reasonText(&way.Reasons[j]))
		}
	}
	return notes
}

func reasonText(r *mesh.Reason) string {
	if r.Object == nil {
		return r.Text
	}
	return r.Text + " (" + r.Object.ID.String() + ")"
}

func (r *mtlsRow) cells(server *mesh.Workload, port uint16, mode string, everybody bool) []report.Cell {
	clients := clientsText(r.clients)
	if everybody {
		clients = "everyone"
	}
	cells := report.Cells(server.Object.ID.String(), strconv.Itoa(int(port)), mode, clients, r.item.Transport.String(), r.item.Verdict.String(), r.remark)
	cells[3].Notes, cells[4].Notes = r.clients, r.notes
	return cells
}

// clientsText names a few clients, and counts many.
func clientsText(clients []string) string {
	const most = 2
	if len(clients) <= most {
		return strings.Join(clients, ", ")
	}
	if clients[len(clients)-1] == outsideMesh {
		return fmt.Sprintf("%d workloads, %s", len(clients)-1, outsideMesh)
	}
	return fmt.Sprintf("%d workloads", len(clients))
}
