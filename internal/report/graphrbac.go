package report

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// RBACGraph draws what a subject can make of its rights: the subject, the bindings
// that name it or a group of its, their roles, and what the steps of techniques yield
// from them. Grants are all that the subject has, steps those that start at it or at
// its groups; techniques holds the documentation of the steps' techniques by id.
//
// A role stands once for each place where it is bound, because what it yields
// differs. What every cluster binds is left out where nothing comes of it.
func RBACGraph(who rbac.Subject, grants []rbac.Grant, steps []model.Step, techniques map[string]model.Control) Graph {
	d := rbacDrawing{
		graph: Graph{Title: "What " + who.String() + " can make of its rights"},
		who:   who, techniques: techniques,
		nodes: map[string]int{}, edges: map[[2]string]int{}, rules: map[ruleKey][]int{},
		grants: grants, yields: map[model.ID]bool{},
	}
	for i := range grants {
		if g := &grants[i]; g.Binding != nil {
			key := ruleKey{g.Binding.ID, g.Source.ID, model.Path(fmt.Sprintf("rules[%d]", g.RuleIndex))}
			d.rules[key] = append(d.rules[key], i)
		}
	}
	for i := range steps {
		for _, n := range d.grantsOf(&steps[i]) {
			d.yields[grants[n].Binding.ID] = true
		}
	}
	d.node(GraphNode{ID: subjectNode, Kind: who.Kind, Label: who.Name, Detail: inNamespace(who.Namespace)})
	d.bindings()
	for i := range steps {
		d.step(&steps[i])
	}
	return d.graph
}

// subjectNode is the ID of the node that everything starts from.
const subjectNode = "subject"

// rbacDrawing collects the nodes and edges.
type rbacDrawing struct {
	graph      Graph
	who        rbac.Subject
	grants     []rbac.Grant
	techniques map[string]model.Control
	nodes      map[string]int
	edges      map[[2]string]int
	rules      map[ruleKey][]int // positions in grants
	yields     map[model.ID]bool // bindings of which something comes
}

// ruleKey names a rule and the binding that gives it, as evidence does.
type ruleKey struct {
	binding, source model.ID
	at              model.Path
}

func (d *rbacDrawing) node(n GraphNode) {
	if _, ok := d.nodes[n.ID]; !ok {
		d.nodes[n.ID] = len(d.graph.Nodes)
		d.graph.Nodes = append(d.graph.Nodes, n)
	}
}

// edge adds to the edge between two nodes. It is possible only if all that it says is.
func (d *rbacDrawing) edge(e GraphEdge) {
	key := [2]string{e.From, e.To}
	at, ok := d.edges[key]
	if !ok {
		d.edges[key] = len(d.graph.Edges)
		d.graph.Edges = append(d.graph.Edges, e)
		return
	}
	old := &d.graph.Edges[at]
	old.Possible = old.Possible && e.Possible
	for _, line := range e.Label {
		if !slices.Contains(old.Label, line) {
			old.Label = append(old.Label, line)
		}
	}
	for _, evidence := range e.Evidence {
		if !slices.Contains(old.Evidence, evidence) {
			old.Evidence = append(old.Evidence, evidence)
		}
	}
}

// bindings draws the way from the subject to its roles.
func (d *rbacDrawing) bindings() {
	left, node := map[model.ID]bool{}, false
	for i := range d.grants {
		g := &d.grants[i]
		switch {
		case g.Bypass():
			d.node(yieldNode(model.Fact{Kind: string(attack.Admin)}))
			d.edge(GraphEdge{From: subjectNode, To: yieldID(model.Fact{Kind: string(attack.Admin)}), Label: []string{"member of " + g.Subject.Name + ", who need no rule"}})
		case g.Binding == nil:
			node = true
		case g.Binding.Implied && !d.yields[g.Binding.ID]:
			left[g.Binding.ID] = true
		default:
			d.grant(g)
		}
	}
	text := "The subject, the bindings that name it or a group that it is in, their roles, and what techniques of attack make of their rules"
	if n := len(left); n > 0 {
		text += ". Left out: " + count(n, "binding") + " that every cluster has and nothing comes of"
	}
	if node {
		text += ". What the Node authorizer allows besides RBAC is not drawn"
	}
	d.graph.Description = text
}

// grant draws the binding and the role of a rule.
func (d *rbacDrawing) grant(g *rbac.Grant) {
	evidence := g.Evidence()
	binding := bindingNode(g.Binding, g.Namespace())
	d.node(binding)
	if g.Subject.Name != d.who.Name || g.Subject.Kind != d.who.Kind {
		n := &d.graph.Nodes[d.nodes[binding.ID]]
		if line := "names " + g.Subject.String(); !slices.Contains(n.Detail, line) {
			n.Detail = append(n.Detail, line)
		}
	}
	d.edge(GraphEdge{From: subjectNode, To: binding.ID, Evidence: evidence[:1]})
	role := roleNode(g.Role, g.Namespace())
	d.node(role)
	d.edge(GraphEdge{From: binding.ID, To: role.ID, Evidence: evidence[1:2]})
}

// step draws what a technique yields from the roles that it needs, or from the
// subject where no rule leads to it.
func (d *rbacDrawing) step(s *model.Step) {
	yield := yieldNode(s.Yields)
	d.node(yield)
	label := cmp.Or(d.techniques[s.Technique].Title, s.Technique)
	if len(s.Conditions) > 0 {
		label += ", if " + strings.Join(s.Conditions, ", and ")
	}
	grants := d.grantsOf(s)
	var from []string
	for _, i := range grants {
		if id := d.source(&d.grants[i]); !slices.Contains(from, id) {
			from = append(from, id)
		}
	}
	if len(from) > 1 {
		label += " (together with another role)"
	}
	for _, id := range from {
		d.edge(GraphEdge{From: id, To: yield.ID, Label: []string{label}, Possible: s.Possible, Evidence: d.evidence(s, grants, id)})
	}
	if len(from) == 0 {
		d.edge(GraphEdge{From: subjectNode, To: yield.ID, Label: []string{label}, Possible: s.Possible, Evidence: s.Evidence})
	}
}

// source is the node of the role that holds a grant's rule. A role that is aggregated
// by the bound one gets a node of its own.
func (d *rbacDrawing) source(g *rbac.Grant) string {
	role := roleNode(g.Role, g.Namespace())
	if g.Source.ID == g.Role.ID {
		return role.ID
	}
	source := roleNode(g.Source, g.Namespace())
	d.node(source)
	d.edge(GraphEdge{From: role.ID, To: source.ID, Label: []string{"aggregates"}})
	return source.ID
}

// evidence is that of a step, without what leads to its roles and without the rules
// of other roles.
func (d *rbacDrawing) evidence(s *model.Step, grants []int, role string) []model.Evidence {
	var list, others []model.Evidence
	for _, i := range grants {
		g := &d.grants[i]
		evidence := g.Evidence()
		if d.source(g) == role {
			list = append(list, evidence[2])
		}
		others = append(others, evidence...)
	}
	for _, e := range s.Evidence {
		if !slices.Contains(others, e) {
			list = append(list, e)
		}
	}
	return list
}

// grantsOf are the grants that a step rests on, by position. Its evidence holds that
// of each: subject, reference to the role, rule.
func (d *rbacDrawing) grantsOf(s *model.Step) []int {
	var list []int
	own := attack.Own(s)
	for i := 1; i+1 < len(own); i++ {
		ref, rule := &own[i], &own[i+1]
		if ref.Path != "roleRef" {
			continue
		}
		for _, n := range d.rules[ruleKey{ref.Object.ID, rule.Object.ID, rule.Path}] {
			if !slices.Contains(list, n) && d.grants[n].Evidence()[0] == own[i-1] {
				list = append(list, n)
			}
		}
	}
	return list
}

func bindingNode(o *snapshot.Object, namespace string) GraphNode {
	detail := inNamespace(namespace)
	if namespace == "" {
		detail = []string{"in the whole cluster"}
	}
	return GraphNode{ID: o.ID.String(), Kind: o.Kind, Label: o.Name, Detail: append(detail, placeOf(o)...), Evidence: []model.Evidence{o.Evidence("", "")}}
}

func roleNode(o *snapshot.Object, namespace string) GraphNode {
	detail := placeOf(o)
	if namespace != "" && o.Namespace == "" {
		detail = append([]string{"bound in namespace " + namespace}, detail...)
	}
	return GraphNode{ID: o.ID.String() + " in " + namespace, Kind: o.Kind, Label: o.Name, Detail: detail, Evidence: []model.Evidence{o.Evidence("", "")}}
}

func inNamespace(namespace string) []string {
	if namespace == "" {
		return nil
	}
	return []string{"namespace " + namespace}
}

// placeOf is where an object is written, if known.
func placeOf(o *snapshot.Object) []string {
	if o.Implied {
		return []string{"as every cluster has it"}
	}
	if e := o.Evidence("", ""); e.File != "" {
		return []string{location(path.Base(e.File), e.Line)} // the whole is in the evidence
	}
	return nil
}

func yieldID(f model.Fact) string {
	return "yields " + f.Kind + " " + attack.Target(f) + " " + f.Detail
}

func yieldNode(f model.Fact) GraphNode {
	severity := attack.Yield(f.Kind).Severity()
	n := GraphNode{ID: yieldID(f), Kind: "yields " + f.Kind, Label: attack.Target(f), Severity: &severity}
	if f.Detail != "" {
		n.Detail = []string{f.Detail}
	}
	return n
}
