package generate

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// Result is the policies with their proof.
type Result struct {
	Namespaces  []string // that are governed
	Policies    []*networkingv1.NetworkPolicy
	Connections []*Connection // sorted
	Certificate Certificate
	Gaps        []model.Gap
}

// plan is the policies in the making.
type plan struct {
	c        *Collector
	governed map[string]bool
	wanted   []*Connection
	links    []link        // what policies see of them, each once
	tunnels  map[link]bool // the links that carry what goes to other ports too
	carried  []*Connection // by a mesh that does not deny them
	denied   []*Connection // by the mesh
	widened  []Widening
	policies []*policy
	replaced []*snapshot.Object // policies that are taken as deleted
}

// policy is one policy and whom it governs.
type policy struct {
	object          *networkingv1.NetworkPolicy
	group           *group // nil: every pod of the namespace
	ingress, egress rules
}

// Generate makes the policies of what was gathered, and their proof. Connections of
// which neither side is governed are left out.
func (c *Collector) Generate() *Result {
	governed := c.governed()
	c.missEmpty()
	c.keepDNS(governed)
	c.keepAPIServer(governed)
	c.keepMesh(governed)
	c.keepProbes(governed)
	p := &plan{c: c, governed: map[string]bool{}, tunnels: map[link]bool{}}
	for _, namespace := range governed {
		p.governed[namespace] = true
	}
	p.want()
	p.merge()
	p.tellMesh()
	p.findLinks()
	p.findReplaced()
	p.makePolicies(governed)
	result := &Result{Namespaces: governed, Connections: p.wanted}
	result.Certificate = p.prove()
	for _, made := range p.policies {
		result.Policies = append(result.Policies, made.object)
	}
	result.Gaps = slices.Clone(c.gaps)
	if c.untold > 0 {
		result.Gaps = append(result.Gaps, model.Gap{Reason: fmt.Sprintf("%d more flows have a side that cannot be told", c.untold)})
	}
	slices.SortFunc(result.Gaps, model.Gap.Compare)
	result.Gaps = slices.Compact(result.Gaps)
	return result
}

// governs reports whether policies are made for a party.
func (p *plan) governs(side party) bool {
	switch {
	case side.unit != nil:
		return !side.unit.host && p.governed[side.unit.object.Namespace]
	case side.podsOf == anyPods:
		return false
	default:
		return side.podsOf != "" && p.governed[side.podsOf]
	}
}

// want keeps what policies of the governed namespaces decide.
func (p *plan) want() {
	left := 0
	for _, c := range p.c.wanted.sorted() {
		before := p.told()
		p.carry(c)
		if p.governs(c.src) || p.governs(c.dst) || slices.ContainsFunc(c.wire, func(l link) bool { return p.governs(l.src) || p.governs(l.dst) }) {
			p.wanted = append(p.wanted, c)
		} else {
			p.forget(before)
			left++
		}
	}
	if left > 0 {
		p.c.note("%s between sides that are not governed: no policy is written for them", counted(left, "connection is", "connections are"))
	}
}

// merge makes blocks of outside addresses, where there is consent.
func (p *plan) merge() {
	bits := p.c.options.MergeBits
	if bits == NoMerge {
		return
	}
	type place struct {
		other    party
		outward  bool
		protocol portOf
		block    netip.Prefix
	}
	count := map[place]int{}
	blockOf := func(side party) netip.Prefix { return widen(side.block, bits) }
	placeOf := func(c *Connection) (place, bool) {
		port := portOf{c.protocol, c.port}
		switch {
		case c.src.block.IsValid():
			return place{c.dst, false, port, blockOf(c.src)}, true
		case c.dst.block.IsValid():
			return place{c.src, true, port, blockOf(c.dst)}, true
		default:
			return place{}, false
		}
	}
	for _, c := range p.wanted {
		if at, ok := placeOf(c); ok {
			count[at]++
		}
	}
	merged := connections{}
	for _, c := range p.wanted {
		l := c.link
		at, ok := placeOf(c)
		if ok && count[at] > 1 {
			if at.outward {
				l.dst.block = at.block
			} else {
				l.src.block = at.block
			}
		}
		if known := merged[l]; known != nil {
			known.Count += c.Count
			continue
		}
		kept := *c
		kept.link = l
		merged[l] = &kept
		if ok && count[at] > 1 {
			p.widened = append(p.widened, Widening{Connection: l.String(), Reason: counted(count[at], "address", "addresses") + " of the block " + at.block.String()})
		}
	}
	p.wanted = merged.sorted()
}

// widen is the block of a number of bits that an address is in: of IPv6 four times as
// many, at most the 64 of a network.
func widen(block netip.Prefix, bits int) netip.Prefix {
	if block.Addr().Is6() {
		bits = min(4*bits, 64)
	}
	return netip.PrefixFrom(block.Addr(), min(bits, block.Bits())).Masked()
}

// findLinks lists what policies see of the connections. One on the wire that has no
// governed side no policy of the plan decides about.
func (p *plan) findLinks() {
	set := map[link]bool{}
	for _, c := range p.wanted {
		for _, l := range c.links() {
			if p.governs(l.src) || p.governs(l.dst) {
				set[l] = true
			}
		}
	}
	p.links = sortedLinks(set)
	maps.DeleteFunc(p.tunnels, func(l link, _ bool) bool { return !set[l] })
	p.widenTunnels()
}

// findReplaced lists the policies that are not there any more once those of the plan
// are: those of an earlier time, and with Replace all of the governed namespaces.
func (p *plan) findReplaced() {
	list := supplied(p.c.view, kinds.NetworkPolicies, "")
	for object, old := range list {
		if p.governed[object.Namespace] && (p.c.options.Replace || old.Labels[managedBy] == ManagedBy) {
			p.replaced = append(p.replaced, object)
		}
	}
}

const managedBy = "app.kubernetes.io/managed-by"

// names are the names of policies that stay, by namespace.
func (p *plan) names() map[string]map[string]bool {
	taken := map[string]map[string]bool{}
	for namespace := range p.governed {
		taken[namespace] = map[string]bool{}
	}
	for _, object := range p.c.view.Objects(snapshot.GroupKind{Group: networkingv1.GroupName, Kind: "NetworkPolicy"}, "") {
		if p.governed[object.Namespace] && !slices.Contains(p.replaced, object) {
			taken[object.Namespace][object.Name] = true
		}
	}
	return taken
}

func pick(taken map[string]bool, wanted ...string) string {
	for _, of := range wanted {
		if !taken[of] {
			taken[of] = true
			return of
		}
	}
	return pick(taken, wanted[len(wanted)-1]+"-generated")
}

func (p *plan) makePolicies(governed []string) {
	byGroup, byNamespace := map[*group]*policy{}, map[string]*policy{}
	taken := p.names()
	for _, namespace := range governed {
		made := &policy{egress: rules{}, ingress: rules{}}
		made.object = newPolicy(namespace, pick(taken[namespace], DefaultName), metav1.LabelSelector{})
		made.object.Spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress}
		byNamespace[namespace] = made
		p.policies = append(p.policies, made)
	}
	for _, g := range p.c.survey.groups {
		if !p.governed[g.namespace] || g.units[0].host {
			continue
		}
		first := g.units[0].object
		if len(g.selector.MatchLabels) == 0 && !g.selectsAll() {
			p.c.note("%s has no stable label: its policy selects pods by labels that they lack, and so all that will have none", g)
		}
		made := &policy{group: g, egress: rules{}, ingress: rules{}}
		made.object = newPolicy(g.namespace, pick(taken[g.namespace], first.Name, first.Name+"-"+strings.ToLower(first.Kind)), *g.selector.DeepCopy())
		byGroup[g] = made
		p.policies = append(p.policies, made)
	}
	for _, l := range p.links {
		p.addLink(l, byGroup, byNamespace)
	}
	for _, made := range p.policies {
		made.ingress.reduce()
		made.egress.reduce()
		made.write()
	}
	p.policies = slices.DeleteFunc(p.policies, func(made *policy) bool { return made.group != nil && len(made.ingress)+len(made.egress) == 0 })
	slices.SortFunc(p.policies, func(a, b *policy) int {
		return compareNames(a, b)
	})
}

func compareNames(a, b *policy) int {
	if c := strings.Compare(a.object.Namespace, b.object.Namespace); c != 0 {
		return c
	}
	if (a.group == nil) != (b.group == nil) {
		if a.group == nil {
			return -1
		}
		return 1
	}
	return strings.Compare(a.object.Name, b.object.Name)
}

// addLink adds a connection to the policies of both of its sides, as far as they are
// governed and the policy of the whole namespace does not allow it already.
func (p *plan) addLink(l link, byGroup map[*group]*policy, byNamespace map[string]*policy) {
	port := portOf{l.protocol, l.port}
	if p.governs(l.dst) && !isNamespaceWide(l.src) {
		byGroup[l.dst.unit.group].ingress.add(peerOf(l.src), port)
	}
	switch {
	case !p.governs(l.src):
	case l.src.podsOf != "":
		byNamespace[l.src.podsOf].egress.add(peerOf(l.dst), port)
	case !p.looksUp(l):
		byGroup[l.src.unit.group].egress.add(peerOf(l.dst), port)
	}
}

// isNamespaceWide knows the source of the egress rule of a whole namespace: where the
// other side is governed too, it lets every pod in.
func isNamespaceWide(side party) bool { return side.podsOf != "" && side.podsOf != anyPods }

// looksUp reports whether the policy of the whole namespace allows a connection.
func (p *plan) looksUp(l link) bool {
	l.src = party{podsOf: l.src.unit.object.Namespace}
	return p.c.wanted[l] != nil
}

func newPolicy(namespace, of string, selector metav1.LabelSelector) *networkingv1.NetworkPolicy {
	return &networkingv1.NetworkPolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy"},
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: of, Labels: map[string]string{managedBy: ManagedBy}},
		Spec:       networkingv1.NetworkPolicySpec{PodSelector: selector},
	}
}

// write puts the rules into the object.
func (made *policy) write() {
	spec := &made.object.Spec
	for _, r := range made.ingress.list() {
		spec.Ingress = append(spec.Ingress, networkingv1.NetworkPolicyIngressRule{From: r.policyPeers(made.object.Namespace), Ports: r.policyPorts()})
	}
	for _, r := range made.egress.list() {
		spec.Egress = append(spec.Egress, networkingv1.NetworkPolicyEgressRule{To: r.policyPeers(made.object.Namespace), Ports: r.policyPorts()})
	}
	if made.group == nil {
		return
	}
	if len(spec.Ingress) > 0 {
		spec.PolicyTypes = append(spec.PolicyTypes, networkingv1.PolicyTypeIngress)
	}
	if len(spec.Egress) > 0 {
		spec.PolicyTypes = append(spec.PolicyTypes, networkingv1.PolicyTypeEgress)
	}
}
