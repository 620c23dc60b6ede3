package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/analysis/reach"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/report"
	"holdfast.dev/holdfast/internal/snapshot"
)

// netExplainFlags are the flags of net explain.
type netExplainFlags struct {
	questionFlags
	networkFlags
}

func (a *app) netExplainCommand() *cobra.Command {
	var f netExplainFlags
	cmd := &cobra.Command{
		Use:   "explain SRC DST [PORT]",
		Short: "Say whether one can reach another, by which rules, and what would change that",
		Long: `Explain asks every policy that selects the source (egress) or the destination (ingress),
in the order in which a network plugin asks them, and the service mesh that carries the
connection, and shows what each says of it, and why. The rows with an asterisk decide.
Without PORT it explains each range of ports that is treated alike, by one port of it.

SRC and DST are NAMESPACE/NAME, NAMESPACE/NAME[KIND], an address, a range of addresses
(10.0.0.0/8 or 10.0.0.1-10.0.0.9), or {ingress-controller} for SRC. PORT is 80, 80/UDP,
or the name of a container port of DST.

Exit status: 0 allowed, or some of it is; 1 denied; 2 some of it is unknown, or left to
the network plugin.`,
		Example: `  holdfast net explain shop/web shop/db 5432
  holdfast net explain shop/web 169.254.169.254 80 -f deploy/
  holdfast net explain 0.0.0.0/0 shop/web http -f deploy/ -o json`,
		Args: cobra.RangeArgs(2, 3),
		RunE: func(cmd *cobra.Command, args []string) error { return a.netExplain(cmd.Context(), &f, args) },
	}
	f.questionFlags.add(cmd.Flags())
	f.networkFlags.add(cmd.Flags())
	f.addNamespace(cmd.Flags(), "namespace of a SRC or DST that names none (default: the context's)")
	return cmd
}

func (a *app) netExplain(ctx context.Context, f *netExplainFlags, args []string) error {
	profile, err := f.profile()
	if err != nil {
		return err
	}
	namespace := f.namespace
	if namespace == "" {
		namespace = f.contextNamespace()
	}
	question := netQuestion{}
	if question.src, err = parsePeer(args[0], namespace); err != nil {
		return err
	}
	if question.dst, err = parsePeer(args[1], namespace); err != nil {
		return err
	}
	if question.dst.ingress {
		return fmt.Errorf("%s opens connections: nobody is known to open one to it", reach.IngressController)
	}
	if question.src.outside() && question.dst.outside() {
		return errors.New("no policy is asked about a connection between two addresses outside of the cluster")
	}
	if len(args) > 2 {
		port, err := parsePort(args[2])
		if err != nil {
			return err
		}
		question.port = &port
	}
	plane, err := f.plane(len(f.paths) > 0)
	if err != nil {
		return err
	}
	return a.ask(ctx, &f.questionFlags, "", reach.Kinds(), func(v *snapshot.View) (report.Answer, error) {
		return assuming(v, plane, func(v *snapshot.View) (report.Answer, error) {
			network := reach.Of(v, profile)
			found, err := question.explain(network)
			if err != nil {
				return report.Answer{}, err
			}
			answer := explainAnswer(found, strings.Join(args, " "))
			answer.Gaps = network.Gaps()
			return answer, nil
		})
	})
}

// netQuestion is what explain is asked.
type netQuestion struct {
	src, dst peerPattern
	port     *portPattern // nil: all ports
}

// explain explains every pair of peers that is meant, and of each the ports that are
// treated alike.
func (q *netQuestion) explain(n *reach.Network) ([]reach.Explanation, error) {
	srcs, err := q.src.ends(n)
	if err != nil {
		return nil, err
	}
	dsts, err := q.dst.ends(n)
	if err != nil {
		return nil, err
	}
	sides := [2][]reach.Peer{q.src.peers(srcs), q.dst.peers(dsts)}
	var list []reach.Explanation
	for _, src := range sides[0] {
		for _, dst := range sides[1] {
			ports, err := q.ports(dst)
			if err != nil {
				return nil, err
			}
			list = append(list, n.Explain(src, dst, ports)...)
		}
	}
	return list, nil
}

// ports are those asked about; nil for all.
func (q *netQuestion) ports(dst reach.Peer) ([]netpol.NamedPort, error) {
	if q.port == nil {
		return nil, nil
	}
	port := *q.port
	if port.name == "" {
		port.any = false // TCP, as in policies
	}
	ports := port.at(dst)
	if len(ports) > 0 {
		return ports, nil
	}
	var names []string
	if dst.End != nil {
		for _, have := range dst.End.Ports {
			if have.Name != "" {
				names = append(names, have.Name)
			}
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s has no port with a name: ask about a number", dst)
	}
	return nil, fmt.Errorf("%s has no port named %s: it has %s", dst, port.name, strings.Join(names, ", "))
}

func (p *peerPattern) peers(ends []*netpol.End) []reach.Peer {
	switch {
	case p.ingress:
		return []reach.Peer{{Ingress: true}}
	case p.outside():
		return []reach.Peer{{Peer: netpol.Peer{Range: p.addresses}}}
	}
	var list []reach.Peer
	for _, end := range ends {
		list = append(list, reach.Peer{Peer: netpol.Of(end)})
	}
	return list
}

// explainAnswer shows explanations.
func explainAnswer(found []reach.Explanation, question string) report.Answer {
	answer := report.Answer{Kind: "NetExplanation", Question: "Why: " + question, Legend: "An asterisk marks what decides.", Items: itemsOfExplanations(found), Records: explanationRecords(found)}
	var reply strings.Builder
	verdicts := map[reach.Verdict]bool{}
	for i := range found {
		x := &found[i]
		verdicts[x.Verdict] = true
		switch same := i > 0 && x.Src == found[i-1].Src && x.Dst == found[i-1].Dst; {
		case same:
			reply.WriteString(", ")
		case i > 0:
			reply.WriteString("; ")
			fallthrough
		default:
			fmt.Fprintf(&reply, "%s to %s: ", x.Src, x.Dst)
		}
		fmt.Fprintf(&reply, "%s %s", portsOf(x), x.Verdict)
		if x.Condition != "" {
			fmt.Fprintf(&reply, " if %s", x.Condition)
		}
		answer.Tables = append(answer.Tables, explanationTables(x, len(found) > 1)...)
	}
	answer.Reply = reply.String()
	switch {
	case verdicts[reach.Unknown], verdicts[reach.Undefined]:
		answer.Outcome = model.Unknown
	case len(verdicts) == 1 && verdicts[reach.Allowed]:
		answer.Outcome = model.Pass
	case len(verdicts) == 1 && verdicts[reach.Denied]:
		answer.Outcome = model.Fail
	default:
		answer.Outcome = model.NotApplicable
	}
	if verdicts[reach.Undefined] {
		answer.Legend += " What is undefined is left to the network plugin: --profile says which one it is."
	}
	return answer
}

// portsOf are the ports of an explanation in words.
func portsOf(x *reach.Explanation) string {
	if x.Rest {
		return "all other ports"
	}
	return report.PortsText(x.Ports, x.Verdict)
}
