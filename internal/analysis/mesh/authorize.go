package mesh

import (
	"fmt"
	"slices"
	"strconv"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

type authorizationPolicy = item[AuthorizationPolicy]

// authorizationPolicies are the policies by namespace.
type authorizationPolicies struct {
	byNamespace map[string][]authorizationPolicy
	complete    bool
}

var authorizationPoliciesOf = snapshot.Memo[struct{}, *authorizationPolicies]{Name: "mesh.authorizationPolicies", Compute: func(v *snapshot.View, _ struct{}) *authorizationPolicies {
	items, complete := list(v, AuthorizationPolicies)
	all := &authorizationPolicies{byNamespace: map[string][]authorizationPolicy{}, complete: complete}
	for _, p := range items {
		all.byNamespace[p.object.Namespace] = append(all.byNamespace[p.object.Namespace], p)
	}
	return all
}}

// Targets are the references of a policy, under both names of the field.
func (p *AuthorizationPolicy) targets() []targetRef {
	if p.TargetRef != nil {
		return append([]targetRef{*p.TargetRef}, p.TargetRefs...)
	}
	return p.TargetRefs
}

// dryRun reports whether a policy is logged and not enforced (istio
// pilot/pkg/security/authz/builder, isDryRun).
func dryRun(p *authorizationPolicy) bool {
	dry, _ := strconv.ParseBool(p.Annotations["istio.io/dry-run"])
	return dry
}

// policiesFor are the policies that a sidecar or ztunnel enforces for a workload:
// those of its namespace and of the root namespace that select its pods. Those with
// targets are for waypoints and gateways. For ztunnel a selector without labels selects
// nothing (istio pilot ambient/authorization.go, convertAuthorizationPolicy, and
// buildWorkloadPolicies).
func (m *Mesh) policiesFor(w *Workload) []authorizationPolicy {
	if found, ok := m.policies[w]; ok {
		return found
	}
	all, root := authorizationPoliciesOf.Of(m.view, struct{}{}), istioConfig.Of(m.view, struct{}{}).RootNamespace
	namespaces := []string{w.Namespace()}
	if root != w.Namespace() {
		namespaces = append(namespaces, root)
	}
	var found []authorizationPolicy
	for _, namespace := range namespaces {
		for _, p := range all.byNamespace[namespace] {
			if w.Plane == Ambient && p.Spec.Selector != nil && !selective(p.Spec.Selector) {
				continue
			}
			if len(p.Spec.targets()) == 0 && (!selective(p.Spec.Selector) || w.HasLabels(p.Spec.Selector.MatchLabels)) {
				found = append(found, p)
			}
		}
	}
	m.policies[w] = found
	return found
}

// authorize decides a way at the proxy of the server.
func (m *Mesh) authorize(way *Way, server *Workload, q request) {
	q.ztunnel = server.Plane == Ambient
	decision := m.decide(m.policiesFor(server), q)
	way.Access, way.Condition = decision.access, decision.when.String()
	way.add(decision.reasons...)
}

// decision is what the policies of one enforcement point say.
type decision struct {
	access  Access
	when    formula // of Conditional
	reasons []Reason
}

// decide evaluates policies in Istio's order: CUSTOM, DENY, then ALLOW, where there
// is one (istio.io, "Authorization Policy").
func (m *Mesh) decide(policies []authorizationPolicy, q request) decision {
	config := istioConfig.Of(m.view, struct{}{})
	q.domains = m.trustDomains()
	if !config.Known {
		q.known = false
	}
	d := decider{must: truthOf(true), asks: m.extensionsOf(policies, config)}
	for i := range policies {
		if p := &policies[i]; !dryRun(p) {
			d.policy(p, &q)
		}
	}
	return d.result(authorizationPoliciesOf.Of(m.view, struct{}{}).complete && config.Known)
}

// decider gathers what policies say.
type decider struct {
	uncertain bool
	denied    []Reason
	must      truth // what no DENY and no extension keeps out: always or sometimes
	because   []Reason
	asks      extensions

	restricted bool // there is an ALLOW policy
	allowed    truth
	allowedBy  []Reason
	closed     []Reason // ALLOW policies of which no rule matches
}

func (d *decider) policy(p *authorizationPolicy, q *request) {
	if p.Unread != nil {
		d.uncertain = true
		d.because = append(d.because, p.Unread.reason(p.object))
		return
	}
	switch p.Spec.Action {
	case "", "ALLOW":
		d.allow(p, q)
	case "DENY":
		d.deny(p, q)
	case "CUSTOM":
		if !q.ztunnel {
			d.custom(p, q)
		}
	case "AUDIT":
	default:
		d.uncertain = true
		d.because = append(d.because, Reason{Text: "action " + p.Spec.Action + " is not understood", Object: p.object, Path: "spec.action", Value: p.Spec.Action, Open: true})
	}
}

func (d *decider) allow(p *authorizationPolicy, q *request) {
	if !d.restricted {
		d.restricted, d.allowed = true, truthOf(false)
	}
	matched := false
	for i := range p.Spec.Rules {
		t := q.rule(&p.Spec.Rules[i], p.object.Namespace, false)
		if t.value == never {
			continue
		}
		matched = true
		d.allowed = some(d.allowed, t)
		if t.value == unknown {
			d.allowedBy = append(d.allowedBy, open(ruleReason(p, i, "may allow")))
			continue
		}
		d.allowedBy = append(d.allowedBy, ruleReason(p, i, "allows"+onlyWhen(t)))
	}
	if !matched {
		d.closed = append(d.closed, Reason{Text: "no rule allows it", Object: p.object, Path: "spec.rules"})
	}
}

func (d *decider) deny(p *authorizationPolicy, q *request) {
	for i := range p.Spec.Rules {
		d.denyRule(p, i, q.rule(&p.Spec.Rules[i], p.object.Namespace, true), "denies")
	}
}

func (d *decider) denyRule(p *authorizationPolicy, i int, t truth, does string) {
	switch t.value {
	case always:
		d.denied = append(d.denied, ruleReason(p, i, does))
	case sometimes:
		d.must = every(d.must, not(t))
		d.because = append(d.because, ruleReason(p, i, does+onlyWhen(t)))
	case unknown:
		d.uncertain = true
		d.because = append(d.because, open(ruleReason(p, i, "may deny")))
	}
}

func ruleReason(p *authorizationPolicy, index int, does string) Reason {
	return Reason{Text: fmt.Sprintf("rules[%d] %s", index, does), Object: p.object, Path: model.Path("spec.rules").Index(index)}
}

// open marks what leaves a verdict open.
func open(r Reason) Reason {
	r.Open = true
	return r
}

func onlyWhen(t truth) string {
	if t.value == sometimes {
		return " when " + t.condition.String()
	}
	return ""
}

// result folds what was gathered. What denies for certain stands, whatever else could
// not be read; to be allowed, everything must have been.
func (d *decider) result(complete bool) decision {
	if len(d.denied) > 0 {
		return decision{access: Denied, reasons: d.denied}
	}
	if d.restricted && d.allowed.value == never && complete && !d.uncertain {
		return decision{access: Denied, reasons: d.closed}
	}
	reasons := slices.Concat(d.because, d.allowedBy)
	if !complete {
		return decision{reasons: append(reasons, Reason{Text: "not every AuthorizationPolicy could be read", Open: true})}
	}
	open := d.must
	if d.restricted {
		switch d.allowed.value {
		case unknown, never:
			d.uncertain = true
		case sometimes:
			open = every(open, d.allowed)
		}
	} else {
		reasons = append(reasons, Reason{Text: "no ALLOW policy applies: allowed"})
	}
	switch {
	case d.uncertain:
		return decision{reasons: reasons}
	case open.value == sometimes:
		return decision{access: Conditional, when: open.condition, reasons: reasons}
	default:
		return decision{access: Allowed, reasons: reasons}
	}
}
