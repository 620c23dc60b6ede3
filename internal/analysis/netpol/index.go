package netpol

import (
	"net/netip"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/model"
)

// usage is what policies look at: whatever they do not look at cannot tell pods apart.
type usage struct {
	labels    map[string]bool
	portNames map[string]bool
	blocks    []netip.Prefix
	nodes     bool
	// nodesLeftOut: some block of a NetworkPolicy leaves out nodes as well.
	nodesLeftOut bool
	podBlocks    bool // some block counts for the addresses of pods too
	accounts     bool
}

// usageOf collects what the policies look at.
func usageOf(policies []*policy, profile Profile) *usage {
	u := &usage{labels: map[string]bool{}, portNames: map[string]bool{}}
	for _, p := range policies {
		u.pods(&p.subject)
		for _, s := range p.sides {
			if s == nil {
				continue
			}
			for i := range s.rules {
				u.rule(&s.rules[i], p.tier != NetworkPolicyTier || profile.PodBlocks != Ignores)
			}
		}
	}
	return u
}

func (u *usage) pods(p *podSet) {
	u.selector(p.pods)
	if p.where != nil {
		p.where.use(u)
	}
}

func (u *usage) selector(s *selector) {
	if s == nil {
		return
	}
	for i := range s.requirements {
		u.labels[s.requirements[i].key] = true
	}
}

func (u *usage) rule(r *rule, podBlocks bool) {
	for i := range r.named {
		u.portNames[r.named[i].name] = true
	}
	for i := range r.peers {
		p := &r.peers[i]
		if p.pods != nil {
			u.pods(p.pods)
		}
		if p.plugin != nil {
			p.plugin.use(u)
			for _, pods := range p.plugin.podSets() {
				u.pods(pods)
			}
		}
		u.nodes = u.nodes || p.nodes != nil
		for j := range p.blocks {
			u.blocks = append(u.blocks, p.blocks[j].cidr)
			u.blocks = append(u.blocks, p.blocks[j].except...)
			u.podBlocks = u.podBlocks || podBlocks
		}
		if len(p.blocks) > 0 && !podBlocks {
			u.nodesLeftOut = true
			u.blocks = append(u.blocks, clusterRanges()...)
		}
	}
}

// labelIndex finds pods by the labels that policies look at.
type labelIndex struct {
	count   int
	values  map[string]map[string]set
	present map[string]set
	gain    map[string]set // may have the label although it is not written
	account map[string]set // the pods of a service account
}

func newLabelIndex(members [][]*pod, used map[string]bool) *labelIndex {
	x := &labelIndex{
		count: len(members), values: map[string]map[string]set{}, present: map[string]set{}, gain: map[string]set{},
		account: map[string]set{},
	}
	for i, group := range members {
		s := x.account[group[0].account]
		s.add(i)
		x.account[group[0].account] = s
	}
	for key := range used {
		values := map[string]set{}
		var present, gain set
		for i, group := range members {
			if value, ok := group[0].labels[key]; ok {
				s := values[value]
				s.add(i)
				values[value] = s
				present.add(i)
			} else if mayGain(group[0].template, key) {
				gain.add(i)
			}
		}
		x.values[key], x.present[key], x.gain[key] = values, present, gain
	}
	return x
}

// narrow keeps of the pods in yes and maybe those that a selector selects.
func (x *labelIndex) narrow(s *selector, yes, maybe set) (set, set) {
	if s == nil {
		return yes, maybe
	}
	for i := range s.requirements {
		r := &s.requirements[i]
		gain := x.gain[r.key]
		var in set
		if r.op == metav1.LabelSelectorOpIn || r.op == metav1.LabelSelectorOpNotIn {
			in = x.anyOf(r)
		} else {
			in = x.present[r.key]
		}
		if r.op == metav1.LabelSelectorOpNotIn || r.op == metav1.LabelSelectorOpDoesNotExist {
			uncertain := yes.and(gain)
			yes, maybe = yes.minus(in), maybe.minus(in)
			yes.subtract(gain)
			maybe.union(uncertain)
			continue
		}
		uncertain := yes.and(gain)
		wasMaybe := maybe.and(gain)
		yes, maybe = yes.and(in), maybe.and(in)
		maybe.union(uncertain)
		maybe.union(wasMaybe)
	}
	return yes, maybe
}

func (x *labelIndex) anyOf(r *requirement) set {
	values := x.values[r.key]
	if len(r.values) == 1 {
		return values[r.values[0]]
	}
	var all set
	for _, value := range r.values {
		all.union(values[value])
	}
	return all
}

// selection is what a podSet selects, of ends or of classes.
type selection struct{ yes, maybe set }

// selections evaluates podSets over ends, each once.
type selections struct {
	index      *labelIndex
	namespaces []namespace
	hosts      set // the ends in the network of their node
	byName     map[string]int
	byLabels   map[string]selection // of namespaces, by selector
	done       map[string]selection
	order      []string // the keys of done, in the order in which they were made
}

func (x *selections) of(p *podSet) selection {
	key := p.key()
	if done, ok := x.done[key]; ok {
		return done
	}
	var s selection
	if p.namespace != "" {
		if i, ok := x.byName[p.namespace]; ok {
			s.yes = span(x.namespaces[i].from, x.namespaces[i].to)
		}
	} else {
		s = x.inNamespaces(p.namespaces)
	}
	s.yes, s.maybe = x.index.narrow(p.pods, s.yes, s.maybe)
	if p.where != nil {
		s = s.and(p.where.among(x))
	}
	switch p.hosts {
	case neverHosts:
		s.yes, s.maybe = s.yes.minus(x.hosts), s.maybe.minus(x.hosts)
	case onlyHosts:
		s.yes, s.maybe = s.yes.and(x.hosts), s.maybe.and(x.hosts)
	}
	x.done[key] = s
	x.order = append(x.order, key)
	return s
}

// inNamespaces returns fresh copies: they are narrowed in place.
func (x *selections) inNamespaces(s *selector) selection {
	key := ""
	if s != nil {
		key = s.key
	}
	found, ok := x.byLabels[key]
	if !ok {
		for i := range x.namespaces {
			ns := &x.namespaces[i]
			switch yes, maybe := s.match(ns.labels, ns.unknown); {
			case yes:
				found.yes.union(span(ns.from, ns.to))
			case maybe:
				found.maybe.union(span(ns.from, ns.to))
			}
		}
		x.byLabels[key] = found
	}
	return selection{yes: found.yes.clone(), maybe: found.maybe.clone()}
}

// redefined says which namespaces files define with different labels, where that makes
// it uncertain what a policy selects.
func (x *selections) redefined() []model.Gap {
	var gaps []model.Gap
	for i := range x.namespaces {
		ns := &x.namespaces[i]
		ends := span(ns.from, ns.to)
		for _, key := range x.order {
			if len(ns.gaps) == 0 {
				break
			}
			if both := ends.and(x.done[key].maybe); !both.empty() {
				gaps = append(gaps, ns.gaps...)
				break
			}
		}
	}
	return gaps
}
