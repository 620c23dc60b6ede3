package cli

import (
	"fmt"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"holdfast.dev/holdfast/internal/analysis/generate"
)

// policiesItem is what was generated, in documents.
type policiesItem struct {
	From        string                        `json:"from"`
	Namespaces  []string                      `json:"namespaces"`
	Objects     []*networkingv1.NetworkPolicy `json:"objects"`
	Connections []*generate.Connection        `json:"connections"`
	Certificate certificateItem               `json:"certificate"`
}

type certificateItem struct {
	Exact       generate.Proof        `json:"exact"`
	Profile     string                `json:"profile"`
	Checked     int                   `json:"checked"`
	Lost        []generate.Difference `json:"lost"`
	Surplus     []generate.Difference `json:"surplus"`
	Uncertain   []generate.Difference `json:"uncertain"`
	More        int                   `json:"more"`
	Widened     []generate.Widening   `json:"widened"`
	Irredundant generate.Proof        `json:"irredundant"`
	Parts       int                   `json:"parts"`
	Unchecked   int                   `json:"unchecked"`
	Redundant   []string              `json:"redundant"`
	Probes      []generate.Probe      `json:"probes"`
	NotGoverned []string              `json:"notGoverned"`
	Replaced    []string              `json:"replaced"`
	Skipped     generate.Skipped      `json:"skipped"`
	Notes       []string              `json:"notes"`
}

func itemOfPolicies(g *generated) policiesItem {
	c := &g.result.Certificate
	return policiesItem{
		From: g.from, Namespaces: listed(g.result.Namespaces), Objects: listed(g.result.Policies), Connections: listed(g.result.Connections),
		Certificate: certificateItem{
			Exact: c.Exact, Profile: c.Profile, Checked: c.Checked, Lost: listed(c.Lost), Surplus: listed(c.Surplus), Uncertain: listed(c.Uncertain), More: c.More,
			Widened: listed(c.Widened), Irredundant: c.Irredundant, Parts: c.Parts, Unchecked: c.Unchecked, Redundant: listed(c.Redundant),
			Probes: listed(c.Probes), NotGoverned: listed(c.NotGoverned), Replaced: listed(c.Replaced), Skipped: c.Skipped, Notes: listed(c.Notes),
		},
	}
}

// listed is a list that is never null.
func listed[T any](list []T) []T { return append([]T{}, list...) }

// certificateLines say in words what is proved, and what is not.
func certificateLines(r *generate.Result) []string {
	c := &r.Certificate
	lines := []string{"Governed: " + joinedOr(r.Namespaces, "no namespace")}
	switch {
	case len(r.Namespaces) == 0:
		lines = append(lines, "  nothing is proved: no connection begins or ends at a workload of a namespace to govern")
	case c.Exact == generate.Proved:
		lines = append(lines, fmt.Sprintf("  exact: with these policies in place, %s allowed and nothing else to or from the workloads", areAllowed(c.Checked)))
	case c.Exact == generate.Refuted:
		lines = append(lines, "  not exact: with these policies in place, something else is allowed than was asked for")
	default:
		lines = append(lines, "  not proved: what these policies allow is not known for certain")
	}
	lines = append(lines, differenceLines("denied", c.Lost)...)
	lines = append(lines, surplusLines(c)...)
	lines = append(lines, differenceLines("uncertain", c.Uncertain)...)
	if c.More > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more", c.More))
	}
	switch {
	case c.Irredundant == generate.Proved:
		lines = append(lines, fmt.Sprintf("  irredundant: each of %s was taken away, and something changed each time", counted(c.Parts, "part")))
	case c.Unchecked > 0:
		lines = append(lines, fmt.Sprintf("  not known to be irredundant: %s tried, %d not", counted(c.Parts, "part"), c.Unchecked))
	}
	for _, part := range c.Redundant {
		lines = append(lines, "  redundant: "+part+": another policy allows the same")
	}
	for _, w := range c.Widened {
		lines = append(lines, "  wider: "+w.Connection+": "+w.Reason)
	}
	lines = append(lines, keptLines(c)...)
	lines = append(lines, "Connections:")
	for _, connection := range r.Connections {
		line := "  " + connection.String() + " (" + sourceOf(connection) + ")"
		if wire := connection.Wire(); len(wire) > 0 {
			line += ", on the wire " + strings.Join(wire, "; ")
		}
		lines = append(lines, line)
	}
	return lines
}

func areAllowed(count int) string {
	if count == 1 {
		return "1 connection is"
	}
	return fmt.Sprintf("%d connections are", count)
}

func sourceOf(c *generate.Connection) string {
	switch {
	case c.Count > 0 && c.Seen.Line > 0:
		return fmt.Sprintf("%s, first %s:%d", counted(c.Count, "flow"), c.Seen.File, c.Seen.Line)
	case c.Evidence != "":
		return c.Source.String() + ": " + c.Evidence
	default:
		return c.Source.String()
	}
}

func differenceLines(what string, differences []generate.Difference) []string {
	lines := make([]string, len(differences))
	for i, d := range differences {
		lines[i] = "  " + what + ": " + d.Connection + ": " + d.Reason
	}
	return lines
}

// mostSurplus is how many connections that nobody asked for are told one by one to
// people: a few policies of others allow hundreds.
const mostSurplus = 12

func surplusLines(c *generate.Certificate) []string {
	if len(c.Surplus) == 0 {
		return nil
	}
	lines := differenceLines("allowed, and not asked for", c.Surplus[:min(len(c.Surplus), mostSurplus)])
	if more := len(c.Surplus) - mostSurplus; more > 0 {
		lines = append(lines, fmt.Sprintf("  allowed, and not asked for: %d more, which -o json lists", more))
	}
	if len(c.Replaced) == 0 {
		lines = append(lines, "  policies that are there already count too: --replace takes those of the governed namespaces as deleted")
	}
	return lines
}

func keptLines(c *generate.Certificate) []string {
	var lines []string
	for _, probe := range c.Probes {
		lines = append(lines, fmt.Sprintf("  probes: %s on %s: a pod's own node always reaches it", probe.Workload, strings.Trim(fmt.Sprint(probe.Ports), "[]")))
	}
	for _, of := range c.NotGoverned {
		lines = append(lines, "  not governed: "+of+" is in the network of its nodes")
	}
	for _, policy := range c.Replaced {
		lines = append(lines, "  replaced: "+policy+": delete it if it is not among these")
	}
	for _, skipped := range []struct {
		count int
		what  string
	}{{c.Skipped.OwnNode, "between a pod and its own node, which no policy forbids"}, {c.Skipped.Itself, "of a pod with itself"}} {
		if skipped.count > 0 {
			lines = append(lines, fmt.Sprintf("  needs no rule: %s %s", counted(skipped.count, "flow"), skipped.what))
		}
	}
	for _, note := range c.Notes {
		lines = append(lines, "  note: "+note)
	}
	return lines
}

func joinedOr(names []string, none string) string {
	if len(names) == 0 {
		return none
	}
	return strings.Join(names, ", ")
}
