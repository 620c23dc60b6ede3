package netpol

import (
	"math"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/model"
)

// calicoReading reads one policy of Calico.
type calicoReading struct {
	reading
	*calico
	doubts    []doubt
	namespace string // "": the policy is global
}

func (r *calicoReading) doubt(path model.Path, reason string) {
	r.doubts = append(r.doubts, doubt{path: path, reason: string(path) + ": " + reason})
}

func (c *calico) policy(o calicoObject[calicoPolicy]) *policy {
	p := &policy{
		object: o.object, scope: o.object.Scope(), tier: NetworkPolicyTier,
		turn:    turn{ordered: true, order: math.Inf(1)},
		subject: podSet{namespace: homeOf(o.object), hosts: neverHosts},
	}
	switch {
	case o.problem != "":
		p.subject.hosts = nodesAsWell
		p.distrustPlugin("", o.problem)
		return p
	case o.value.Spec == nil:
		p.distrustPlugin("", "it has no spec")
		return p
	}
	spec := o.value.Spec
	r := &calicoReading{calico: c, namespace: homeOf(o.object)}
	r.header(p, spec)
	r.sides(p, spec)
	p.doubts = r.doubts
	switch {
	case r.problem != "":
		p.distrustPlugin(r.path, r.problem)
	case len(o.value.unknown) > 0:
		p.distrustField(o.value.unknown[0])
	case spec.DoNotTrack || spec.PreDNAT || spec.ApplyOnForward:
		p.subject, p.sides = podSet{hosts: nodesAsWell}, [2]*side{}
		p.distrustPlugin("spec", "doNotTrack, preDNAT and applyOnForward, which are about the traffic through nodes, are not understood")
	}
	return p
}

// distrustField makes a policy of a plugin with a field that is not known one that may
// do anything: of one direction if the field stands in the rules of it.
func (p *policy) distrustField(d doubt) {
	text := strings.TrimPrefix(string(d.path), "spec")
	if strings.HasPrefix(text, "s[") {
		_, text, _ = strings.Cut(text, "]")
	}
	inRules := strings.HasPrefix(text, ".ingress[") || strings.HasPrefix(text, ".ingressDeny[") ||
		strings.HasPrefix(text, ".egress[") || strings.HasPrefix(text, ".egressDeny[")
	if !inRules {
		p.sides = [2]*side{}
	}
	p.distrustPlugin(d.path, d.reason)
}

// distrustPlugin makes a policy of a plugin one that may do anything, at any time.
func (p *policy) distrustPlugin(path model.Path, problem string) {
	p.tier, p.priority, p.turn = AdminTier, beforeAll, turn{}
	p.distrust(path, problem)
}

// header reads when the policy is asked, and whom it is about.
func (r *calicoReading) header(p *policy, spec *calicoPolicy) {
	if spec.Order != nil {
		p.turn.order = *spec.Order
	}
	tier := r.tier(spec.Tier)
	if tier.problem != "" {
		r.refuse("spec.tier", "%s", tier.problem)
	}
	p.turn.stage, p.turn.passes = tier.stage, tier.passes
	var accounts *condition
	if spec.ServiceAccountSelector != "" {
		r.doubt("spec.serviceAccountSelector", "the labels of service accounts are not read")
		accounts = &condition{op: unknowable, key: "spec.serviceAccountSelector"}
	}
	p.subject.where = both(
		r.condition("spec.selector", spec.Selector, ofEndpoints),
		r.condition("spec.namespaceSelector", spec.NamespaceSelector, ofNamespaces), accounts)
	if r.namespace != "" && spec.NamespaceSelector != "" {
		r.refuse("spec.namespaceSelector", "only a GlobalNetworkPolicy has one")
	}
}

// condition reads a selector; nil of none.
func (r *calicoReading) condition(path model.Path, text string, context selectorContext) *condition {
	if text == "" {
		return nil
	}
	c, err := parseCalicoSelector(text, context)
	if err != nil {
		r.refuse(path, "%v", err)
		return nil
	}
	if key := c.unknown(); key != "" {
		r.doubt(path, key+": the labels of service accounts are not read")
	}
	return c
}

// sides reads the rules. Without types a policy is about the directions that it has
// rules for, and about ingress if it has none.
func (r *calicoReading) sides(p *policy, spec *calicoPolicy) {
	types := spec.Types
	if len(types) == 0 {
		if len(spec.Ingress) > 0 || len(spec.Egress) == 0 {
			types = append(types, "Ingress")
		}
		if len(spec.Egress) > 0 {
			types = append(types, "Egress")
		}
	}
	for i, direction := range types {
		switch direction {
		case "Ingress":
			p.sides[Ingress] = r.side(Ingress, "spec.ingress", spec.Ingress)
		case "Egress":
			p.sides[Egress] = r.side(Egress, "spec.egress", spec.Egress)
		default:
			r.refuse(model.Path("spec.types").Index(i), "%q is neither Ingress nor Egress", direction)
		}
	}
	if len(spec.Types) == 0 && p.object.Group == calicoStore {
		r.storedWithoutTypes(p)
	}
	if len(spec.Ingress) > 0 && !slices.Contains(types, "Ingress") {
		r.refuse("spec.ingress", "the types leave ingress out")
	}
	if len(spec.Egress) > 0 && !slices.Contains(types, "Egress") {
		r.refuse("spec.egress", "the types leave egress out")
	}
}

// storedWithoutTypes doubts the direction that a policy has no rules for. The server of
// projectcalico.org and calicoctl write the types (defaultPolicyTypesField of
// libcalico-go/lib/clientv3); of what was stored without them Felix takes both
// directions (governsType of felix/calc).
func (r *calicoReading) storedWithoutTypes(p *policy) {
	for d := range p.sides {
		if p.sides[d] == nil {
			p.sides[d] = &side{wild: true}
			r.doubt("spec.types", "without them it is about both directions, unless Calico's own API wrote it")
		}
	}
}

func (r *calicoReading) side(d Direction, path model.Path, rules []calicoRule) *side {
	s := &side{isolates: true}
	for i := range rules {
		at := path.Index(i)
		read := rule{index: i, path: at}
		switch rules[i].Action {
		case "Allow":
			read.action = allowed
		case "Deny":
			read.action = denied
		case "Pass":
			read.action = passed
		case "Log":
			continue // and goes on
		default:
			r.refuse(at.Child("action"), "%q is no action: Allow, Deny, Log or Pass", rules[i].Action)
		}
		r.rule(&read, d, &rules[i])
		if len(read.ports) > 0 || len(read.named) > 0 {
			s.rules = append(s.rules, read)
		}
	}
	return s
}
