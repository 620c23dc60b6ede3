package netpol

import (
	"encoding/binary"
	"maps"
	"net/netip"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

func build(v *snapshot.View, profile Profile) *Network {
	inv := inventories.Of(v, struct{}{})
	n := &Network{
		profile: profile, functions: newFunctions(), portSets: map[string]int32{},
		selected: map[string]selection{}, matches: map[*rule]*matched{},
	}
	n.policies = collect(v, inv)
	for _, p := range n.policies {
		// Where a list could not be read, the snapshot has a gap already.
		if p.object != nil || !v.Unread(p.scope) {
			n.gaps = append(n.gaps, p.gaps()...)
		}
	}
	u := usageOf(n.policies, profile)
	n.readNodes(v, u)
	n.atoms = newAtoms(n.allBlocks(u))
	labels := slices.Sorted(maps.Keys(u.labels))
	var members [][]*pod
	n.ends, members = inv.ends(func(p *pod) string { return n.apart(p, u, labels) })
	n.gaps = append(n.gaps, customPods(v)...)
	n.index = make(map[*End]int32, len(n.ends))
	for i, e := range n.ends {
		n.index[e] = int32(i)
	}
	n.selections = n.newSelections(inv, members, u)
	for _, p := range n.policies {
		n.selections.of(&p.subject)
		for _, s := range p.sides {
			if s != nil {
				n.selections.all(s)
			}
		}
	}
	n.gaps = slices.Concat(n.gaps, redefinedEnds(n.ends), n.selections.redefined())
	slices.SortStableFunc(n.gaps, model.Gap.Compare)
	n.classify(members, u, n.selections)
	n.arrange()
	n.assemble()
	return n
}

// collect reads all policies, in the order in which they are asked.
func collect(v *snapshot.View, inv *inventory) []*policy {
	var policies []*policy
	last := ""
	for _, object := range v.Objects(snapshot.GroupKind{Group: networkingv1.GroupName, Kind: "NetworkPolicy"}, "") {
		if object.Namespace != last || len(policies) == 0 {
			policies = append(policies, networkPolicies.Of(v, object.Namespace)...)
		}
		last = object.Namespace
	}
	policies = append(policies, adminPolicies.Of(v, struct{}{})...)
	policies = append(policies, pluginPolicies.Of(v, struct{}{})...)
	policies = refused(v, policies)
	policies = append(policies, foreignPolicies(v)...)
	policies = append(policies, unreadPolicies(v, inv.namespaces)...)
	slices.SortStableFunc(policies, comparePolicies)
	return policies
}

// refused distrusts policies of whose documents the source says that the API server
// refuses them, and those with fields that it does not know.
func refused(v *snapshot.View, policies []*policy) []*policy {
	gaps := map[model.Scope][]model.Gap{}
	for _, gap := range v.Snapshot().Gaps() {
		if gap.Refused {
			gaps[gap.Scope] = append(gaps[gap.Scope], gap)
		}
	}
	for i, p := range policies {
		if p.problem != "" || p.object.Origin == nil {
			continue
		}
		path, problem, line := model.Path(""), p.unserved(v.Settings().Version), 0
		for _, gap := range gaps[p.scope] {
			if gap.File == p.object.Origin.File && gap.Line >= p.object.Origin.Line && !between(policies, p, gap) {
				problem, line = gap.Reason, gap.Line
			}
		}
		for _, field := range p.object.Origin.Unknown {
			if problem == "" && !p.knows(field.Path) {
				path, problem = field.Path, string(field.Path)+": there is no such field"
			}
		}
		if problem != "" {
			distrusted := *p
			if slices.ContainsFunc(pluginKinds(), func(gk snapshot.GroupKind) bool { return gk.Group == p.scope.Group && gk.Kind == p.scope.Kind }) {
				distrusted.distrustPlugin(path, problem)
			} else {
				distrusted.distrust(path, problem)
			}
			distrusted.line = line
			policies[i] = &distrusted
		}
	}
	return policies
}

// between reports whether another policy of the file stands nearer to a gap.
func between(policies []*policy, p *policy, gap model.Gap) bool {
	return slices.ContainsFunc(policies, func(q *policy) bool {
		return q.scope == p.scope && q.object.Origin != nil && q.object.Origin.File == gap.File &&
			q.object.Origin.Line > p.object.Origin.Line && q.object.Origin.Line <= gap.Line
	})
}

// knows reports whether a field that the API does not have changes nothing that the
// policy says: it stands outside of spec, or in a peer that is taken as strange.
func (p *policy) knows(path model.Path) bool {
	if len(path) < 4 || path[:4] != "spec" {
		return true
	}
	for _, s := range p.sides {
		if s == nil {
			continue
		}
		for i := range s.rules {
			if strange := s.rules[i].strange; strange != "" && len(path) > len(strange) && string(path[:len(strange)]) == strange {
				return true
			}
		}
	}
	return false
}

// readNodes reads the nodes if some policy is about nodes.
func (n *Network) readNodes(v *snapshot.View, u *usage) {
	if !u.nodes && !u.nodesLeftOut {
		return
	}
	n.nodes = map[string]*nodeInfo{}
	view := v
	if !u.nodes && !v.Settings().Live {
		// NetworkPolicies only allow: what they say holds for whatever is no node.
		v.Objects(snapshot.GroupKind{Kind: "Node"}, "")
		view = v.Snapshot().View()
	}
	objects, complete := snapshot.List(view, kinds.Nodes, "")
	n.nodesKnown = complete
	for object, node := range objects {
		info := &nodeInfo{labels: node.Labels}
		for _, address := range node.Status.Addresses {
			if a, err := netip.ParseAddr(address.Address); err == nil {
				a = a.Unmap().WithZone("")
				info.addresses = append(info.addresses, netip.PrefixFrom(a, a.BitLen()))
			}
		}
		n.nodes[object.Name] = info
	}
}

func (n *Network) newSelections(inv *inventory, members [][]*pod, u *usage) *selections {
	x := &selections{
		index: newLabelIndex(members, u.labels), namespaces: slices.Clone(inv.namespaces),
		byName: map[string]int{}, byLabels: map[string]selection{}, done: map[string]selection{},
	}
	at := 0
	for i := range x.namespaces {
		ns := &x.namespaces[i]
		x.byName[ns.name] = i
		ns.from = at
		for at < len(n.ends) && n.ends[at].Namespace == ns.name {
			at++
		}
		ns.to = at
	}
	for i, e := range n.ends {
		if e.HostNetwork {
			x.hosts.add(i)
		}
	}
	return x
}

// all evaluates what the rules of a side select.
func (x *selections) all(s *side) {
	for i := range s.rules {
		for j := range s.rules[i].peers {
			peer := &s.rules[i].peers[j]
			if peer.pods != nil {
				x.of(peer.pods)
			}
			if peer.plugin != nil {
				for _, pods := range peer.plugin.podSets() {
					x.of(pods)
				}
			}
		}
	}
}

// arrange lays out the universe: classes, classes as part of their node, atoms.
func (n *Network) arrange() {
	next := len(n.classes)
	for i := range n.classes {
		if c := &n.classes[i]; c.host {
			n.hosts.add(i)
			c.node = next
			n.nodeMembers.add(next)
			next++
		}
	}
	n.atomBase = next
	n.everyone = span(0, next+len(n.atoms.starts))
	n.atomClasses = make([]set, len(n.atoms.starts))
	n.namedPorts = map[string][]portGroup{}
	groups := map[string]map[string]int{}
	for i := range n.classes {
		c := &n.classes[i]
		if len(c.addresses) == 0 {
			n.unplaced.add(i)
		}
		for _, a := range c.addresses {
			n.atomClasses[n.atoms.at(a)].add(i)
		}
		if c.signature != "" {
			n.groupPorts(groups, i)
		}
	}
	for _, node := range n.nodes {
		for _, p := range node.addresses {
			n.atoms.add(&node.atoms, n.atomBase, p)
		}
	}
}

// groupPorts enters a class under each name that its ports have.
func (n *Network) groupPorts(groups map[string]map[string]int, i int) {
	c := &n.classes[i]
	for _, p := range c.ports {
		if p.Name == "" {
			continue
		}
		known := groups[p.Name]
		if known == nil {
			known = map[string]int{}
			groups[p.Name] = known
		}
		at, ok := known[c.signature]
		if !ok {
			at = len(n.namedPorts[p.Name])
			known[c.signature] = at
			n.namedPorts[p.Name] = append(n.namedPorts[p.Name], portGroup{ports: c.ports})
		}
		n.namedPorts[p.Name][at].members.add(i)
	}
}

// assemble gives every class its programs.
func (n *Network) assemble() {
	for _, d := range []Direction{Egress, Ingress} {
		refs := make([][]reference, len(n.classes))
		asNode := make([][]reference, len(n.classes))
		for i, p := range n.policies {
			if p.sides[d] == nil {
				continue
			}
			s := n.podMembers(&p.subject)
			enter := func(members set, maybe bool) {
				members.each(func(c int) bool {
					refs[c] = append(refs[c], reference{policy: int32(i), maybe: maybe})
					if p.subject.hosts >= nodesAsWell && n.classes[c].host {
						asNode[c] = append(asNode[c], reference{policy: int32(i), maybe: maybe})
					}
					return true
				})
			}
			enter(s.yes, false)
			enter(s.maybe, true)
		}
		known := map[string]*program{}
		n.programs[d], n.asNode[d] = make([]*program, len(n.classes)), make([]*program, len(n.classes))
		for i := range n.classes {
			n.programs[d][i] = n.program(known, d, &n.classes[i], refs[i])
			if n.classes[i].host {
				n.asNode[d][i] = n.program(known, d, &n.classes[i], asNode[i])
			}
		}
	}
}

// program finds the program of those references, or makes it.
func (n *Network) program(known map[string]*program, d Direction, c *class, refs []reference) *program {
	key := make([]byte, 0, 5*len(refs)+len(c.signature))
	named := false
	for _, r := range refs {
		key = binary.LittleEndian.AppendUint32(key, uint32(r.policy)<<1|uint32(bit(r.maybe)))
		named = named || d == Ingress && n.policies[r.policy].sides[d].usesNames()
	}
	p := &program{direction: d, refs: refs}
	if named {
		key = append(key, c.signature...)
		p.ports = c.ports
	}
	if found, ok := known[string(key)]; ok {
		return found
	}
	known[string(key)] = p
	return p
}

func (s *side) usesNames() bool {
	return slices.ContainsFunc(s.rules, func(r rule) bool { return len(r.named) > 0 })
}

// portSet is the number of a set of ports.
func (n *Network) portSet(ranges []portRange) int32 {
	key := make([]byte, 0, 8*len(ranges))
	for _, r := range ranges {
		key = binary.LittleEndian.AppendUint32(key, r.from)
		key = binary.LittleEndian.AppendUint32(key, r.to)
	}
	if number, ok := n.portSets[string(key)]; ok {
		return number
	}
	number := int32(len(n.portSets))
	n.portSets[string(key)] = number
	return number
}
