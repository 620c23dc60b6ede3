package netpol

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// policy is a policy of any kind in the form that is evaluated.
type policy struct {
	object   *snapshot.Object // nil: one that may exist and could not be read
	scope    model.Scope      // of the object
	tier     Tier
	priority int32 // within the tier: lower ones are asked first
	alone    bool  // a BaselineAdminNetworkPolicy, which has no priority
	turn     turn  // within NetworkPolicyTier, where a plugin has an order
	subject  podSet
	sides    [2]*side // by Direction; nil: it says nothing of that direction
	// problem says why the policy could not be understood; "" if it was.
	problem string
	path    model.Path // of the problem
	line    int        // of the problem, where no field stands for it
	doubts  []doubt
}

// doubt is a part of a policy that could not be understood: the rules that it is in
// apply perhaps.
type doubt struct {
	path   model.Path
	reason string
}

// beforeAll is the priority of what may be asked at any time.
const beforeAll = -1

// side is what a policy says of one direction.
type side struct {
	isolates bool // what no rule allows is denied
	denies   bool // some rule denies, which goes before all that allow
	wild     bool // it may do anything: it could not be understood
	rules    []rule
}

// rule decides about connections with some peers over some ports.
type rule struct {
	index  int
	path   model.Path
	action outcome // allowed, denied or passed
	anyone bool    // all peers, those outside the cluster included
	peers  []peer
	// strange says which peer is of a kind that is not known; "" if all are.
	strange string
	ports   []portRange
	named   []portName
	// perhaps: something of the rule could not be understood; it matches at most what
	// the rest of it says.
	perhaps bool
	// anywhere: towards one pod, a port by name may also be what another pod calls so.
	anywhere bool
}

// portName is a port by the name that the destination's containers give it.
type portName struct {
	name        string
	protocol    Protocol
	anyProtocol bool
}

// peer is one entry of a rule's peers. Exactly one of pods, blocks, nodes, domains and
// plugin is set.
type peer struct {
	path    model.Path
	pods    *podSet
	blocks  []block
	nodes   *selector
	domains []string
	plugin  pluginPeer
}

// pluginPeer is a peer in the terms of a network plugin.
type pluginPeer interface {
	String() string
	use(u *usage)             // says what of pods and addresses it looks at
	podSets() []*podSet       // that it selects by
	match(*Network, *matched) // adds the members that it means
}

// podSet selects pods.
type podSet struct {
	namespace  string     // the only one; "": those that namespaces selects
	namespaces *selector  // nil: all
	pods       *selector  // nil: all
	where      *condition // nil: all
	hosts      hostPods
}

// hostPods says whether pods in the network of their node are among those selected.
type hostPods uint8

const (
	likeAnyPod  hostPods = iota // where the Profile lets them be
	neverHosts                  // the admin tiers
	nodesAsWell                 // also where they are taken to be the node
	onlyHosts                   // they alone, also where they are taken to be the node
)

// key is equal for sets that are written alike.
func (p *podSet) key() string {
	var b strings.Builder
	b.WriteByte(byte('0' + p.hosts))
	b.WriteString(p.namespace)
	for _, s := range []*selector{p.namespaces, p.pods} {
		b.WriteByte(2)
		if s != nil {
			b.WriteString(s.key)
		}
	}
	if p.where != nil {
		b.WriteByte(3)
		b.WriteString(p.where.String())
	}
	return b.String()
}

// String renders the set for people.
func (p *podSet) String() string {
	pods := "all pods"
	if p.pods != nil && len(p.pods.requirements) > 0 {
		pods = "pods with " + p.pods.String()
	}
	if p.where != nil && p.where.op != every {
		pods = "pods where " + p.where.String()
	}
	switch {
	case p.namespace != "":
		return pods + " in namespace " + p.namespace
	case p.namespaces == nil || len(p.namespaces.requirements) == 0:
		return pods + " in all namespaces"
	default:
		return pods + " in namespaces with " + p.namespaces.String()
	}
}

// block is an address block without its exceptions.
type block struct {
	cidr   netip.Prefix
	except []netip.Prefix
}

// String renders "10.0.0.0/8 except 10.1.0.0/16".
func (b *block) String() string {
	text := b.cidr.String()
	for i, e := range b.except {
		if i == 0 {
			text += " except "
		} else {
			text += ", "
		}
		text += e.String()
	}
	return text
}

// comparePolicies orders policies as they are asked; equal ones, and those of which
// the order is open, by name.
func comparePolicies(a, b *policy) int {
	return cmp.Or(
		cmp.Compare(a.tier, b.tier), a.turn.compare(&b.turn), cmp.Compare(a.priority, b.priority), cmp.Compare(bit(a.alone), bit(b.alone)),
		a.scope.Compare(b.scope), strings.Compare(a.name(), b.name()),
	)
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (p *policy) name() string {
	if p.object == nil {
		return ""
	}
	return p.object.Name
}

// gaps says what could not be understood, and where it is written.
func (p *policy) gaps() []model.Gap {
	if p.problem == "" {
		gaps := make([]model.Gap, len(p.doubts))
		for i, d := range p.doubts {
			gaps[i] = p.gap(d.path, fmt.Sprintf("%s: %s", p.object.ID, d.reason))
		}
		return gaps
	}
	reason := p.problem
	if p.object != nil {
		reason = fmt.Sprintf("%s is not evaluated: %s", p.object.ID, p.problem)
	}
	return []model.Gap{p.gap(p.path, reason)}
}

func (p *policy) gap(path model.Path, reason string) model.Gap {
	g := model.Gap{Scope: p.scope, Reason: reason}
	if p.object != nil && p.object.Origin != nil {
		g.File, g.Line = p.object.Origin.File, cmp.Or(p.line, p.object.Line(path))
	}
	return g
}

// distrust makes a policy one that may do anything, in the directions of which it
// speaks, to the pods that it is about.
func (p *policy) distrust(path model.Path, problem string) {
	p.problem, p.path = problem, path
	for d := range p.sides {
		if p.sides[d] != nil {
			p.sides[d] = &side{wild: true}
		}
	}
	if p.sides[Egress] == nil && p.sides[Ingress] == nil {
		p.sides = [2]*side{{wild: true}, {wild: true}}
	}
}
