package mesh

import (
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

type destinationRule = item[DestinationRule]

// destinationRules are the rules by namespace.
type destinationRules struct {
	byNamespace map[string][]destinationRule
	complete    bool
	subsets     map[string]map[string]bool // the subsets that VirtualServices route to, by host
	routed      bool                       // all VirtualServices are known
}

var destinationRulesOf = snapshot.Memo[struct{}, *destinationRules]{Name: "mesh.destinationRules", Compute: func(v *snapshot.View, _ struct{}) *destinationRules {
	items, complete := list(v, DestinationRules)
	all := &destinationRules{byNamespace: map[string][]destinationRule{}, complete: complete, subsets: map[string]map[string]bool{}}
	for _, d := range items {
		all.byNamespace[d.object.Namespace] = append(all.byNamespace[d.object.Namespace], d)
	}
	services, routed := list(v, VirtualServices)
	all.routed = routed
	for _, s := range services {
		for _, routes := range [][]virtualRoute{s.Spec.HTTP, s.Spec.TCP, s.Spec.TLS} {
			for i := range routes {
				all.addSubsets(s.object.Namespace, &routes[i])
			}
		}
	}
	return all
}}

func (d *destinationRules) addSubsets(namespace string, r *virtualRoute) {
	for i := range r.Route {
		to := &r.Route[i].Destination
		if to.Subset == "" {
			continue
		}
		host := fullHost(to.Host, namespace)
		if d.subsets[host] == nil {
			d.subsets[host] = map[string]bool{}
		}
		d.subsets[host][to.Subset] = true
	}
}

// fullHost is the name that a short one of a namespace stands for. A name with a dot
// stands for itself (istio pkg/config, ResolveShortnameToFQDN).
func fullHost(host, namespace string) string {
	if host == "" || strings.Contains(host, ".") || strings.HasPrefix(host, "*") {
		return host
	}
	return host + "." + namespace + ".svc.cluster.local"
}

// covers reports whether a host of a rule, perhaps with a leading wildcard, covers
// the host of a Service.
func covers(pattern, host string) bool {
	if suffix, ok := strings.CutPrefix(pattern, "*"); ok {
		return strings.HasSuffix(host, suffix)
	}
	return pattern == host
}

// sends is how the proxy of a client connects.
type sends uint8

const (
	sendsUnknown sends = iota
	sendsPlain
	sendsMutual // mutual TLS of the mesh
	sendsOwnTLS // TLS that the application of the server must answer
)

// ruled is what DestinationRules say of the connections of a client to a Service:
// nothing when none says anything, which leaves it to automatic mutual TLS.
func (m *Mesh) ruled(client *Workload, r *route) (how sends, reason Reason, said bool) {
	all := destinationRulesOf.Of(m.view, struct{}{})
	if !all.complete {
		return sendsUnknown, Reason{Text: "DestinationRules could not be read", Open: true}, true
	}
	rules := m.rulesFor(client, r, all)
	for i := range rules {
		one, why, ok := m.ruledBy(&rules[i], r, all)
		if i > 0 && (ok != said || one != how) {
			return sendsUnknown, Reason{Text: "several DestinationRules are for " + r.host() + ", and which is older is not known", Object: rules[i].object, Path: "spec.host", Open: true}, true
		}
		how, reason, said = one, why, ok
	}
	return how, reason, said
}

// rulesFor looks rules up as istiod does: in the namespace of the client, of those that
// it keeps for itself too; then of those exported, in the namespace of the Service and
// in the root namespace. The first that has one for the host gives the most specific,
// which for a client that it is not for hides the others of its namespace
// (pilot/pkg/model, PushContext.destinationRule and SidecarScope.DestinationRule).
func (m *Mesh) rulesFor(client *Workload, r *route, all *destinationRules) []destinationRule {
	config, own := istioConfig.Of(m.view, struct{}{}), client.Namespace()
	near := mostSpecific(all.byNamespace[own], r, func(d *destinationRule) bool {
		if own == config.RootNamespace {
			return private(d, config)
		}
		return local(d)
	})
	if len(near) > 0 {
		return selecting(client, near)
	}
	for _, namespace := range []string{r.object.Namespace, config.RootNamespace} {
		exported := mostSpecific(all.byNamespace[namespace], r, func(d *destinationRule) bool { return !private(d, config) })
		exported = slices.DeleteFunc(exported, func(d destinationRule) bool {
			return len(d.Spec.ExportTo) > 0 && !slices.Contains(d.Spec.ExportTo, "*") && !slices.Contains(d.Spec.ExportTo, own)
		})
		if len(exported) > 0 {
			return exported
		}
	}
	return nil
}

// mostSpecific are the rules of a namespace with the narrowest host for a Service.
func mostSpecific(rules []destinationRule, r *route, kept func(*destinationRule) bool) []destinationRule {
	var best []destinationRule
	for _, d := range rules {
		host := fullHost(d.Spec.Host, d.object.Namespace)
		if !covers(host, r.host()) || !kept(&d) {
			continue
		}
		switch {
		case len(best) == 0 || moreSpecific(host, fullHost(best[0].Spec.Host, d.object.Namespace)):
			best = []destinationRule{d}
		case host == fullHost(best[0].Spec.Host, d.object.Namespace):
			best = append(best, d)
		}
	}
	return best
}

// local reports whether clients of the namespace of a rule see it.
func local(d *destinationRule) bool {
	to := d.Spec.ExportTo
	return d.Spec.WorkloadSelector != nil || len(to) == 0 || slices.Contains(to, "*") || slices.Contains(to, ".") || slices.Contains(to, d.object.Namespace)
}

// private reports whether only they do: a rule with a selector is not exported.
func private(d *destinationRule, config *istioSettings) bool {
	to := d.Spec.ExportTo
	if len(to) == 0 {
		to = config.ExportTo
	}
	return d.Spec.WorkloadSelector != nil || len(to) == 1 && (to[0] == "." || to[0] == d.object.Namespace)
}

// moreSpecific reports whether a host pattern is narrower than another.
func moreSpecific(a, b string) bool {
	if wildA, wildB := strings.HasPrefix(a, "*"), strings.HasPrefix(b, "*"); wildA != wildB {
		return wildB
	}
	return len(a) > len(b)
}

// selecting are the rules that select a client, if any, else those for all.
func selecting(client *Workload, rules []destinationRule) []destinationRule {
	var selected, others []destinationRule
	for _, d := range rules {
		switch {
		case d.Spec.WorkloadSelector == nil:
			others = append(others, d)
		case client.HasLabels(d.Spec.WorkloadSelector.MatchLabels):
			selected = append(selected, d)
		}
	}
	if len(selected) > 0 {
		return selected
	}
	return others
}

// ruledBy is what one rule says: its setting for the port of the Service, which
// stands for all of it, else that for every port. Subsets count where a
// VirtualService routes to them.
func (m *Mesh) ruledBy(d *destinationRule, r *route, all *destinationRules) (sends, Reason, bool) {
	if d.Unread != nil {
		return sendsUnknown, d.Unread.reason(d.object), true
	}
	how, reason, said := policyOf(d, d.Spec.TrafficPolicy, "spec.trafficPolicy", r)
	for i := range d.Spec.Subsets {
		subset := &d.Spec.Subsets[i]
		if subset.TrafficPolicy == nil || all.routed && !all.subsets[r.host()][subset.Name] {
			continue
		}
		path := model.Path("spec.subsets").Index(i) + ".trafficPolicy"
		if one, _, ok := policyOf(d, subset.TrafficPolicy, path, r); ok && (!said || one != how) {
			return sendsUnknown, Reason{Text: "subset " + subset.Name + " has a TLS mode of its own", Object: d.object, Path: path + ".tls", Open: true}, true
		}
	}
	return how, reason, said
}

// policyOf is what a traffic policy says. Settings for the port that say nothing of TLS
// leave it to automatic mutual TLS, but for what istiod tells of the endpoints, which
// it reads off the whole (pilot/pkg/networking/core, selectTrafficPolicyComponents;
// pilot/pkg/xds/endpoints, trafficPolicyTLSModeForPort).
func policyOf(d *destinationRule, p *trafficPolicy, path model.Path, r *route) (sends, Reason, bool) {
	if p == nil {
		return sendsUnknown, Reason{}, false
	}
	tls, at := p.TLS, path
	if i := slices.IndexFunc(p.PortLevelSettings, func(s portSettings) bool { return s.Port.Number == uint16(r.port.Port) }); i >= 0 {
		if own := p.PortLevelSettings[i].TLS; own != nil {
			tls, at = own, (path + ".portLevelSettings").Index(i)
		} else if tls != nil {
			reason := Reason{Text: "clients connect without TLS: the settings of the port say nothing of it, and those of the whole do not let istiod choose", Object: d.object, Path: (path + ".portLevelSettings").Index(i)}
			if tls.Mode == "ISTIO_MUTUAL" {
				reason.Text = "the settings of the port say nothing of TLS, those of the whole do"
				return sendsUnknown, reason, true
			}
			return sendsPlain, reason, true
		}
	}
	if tls == nil {
		return sendsUnknown, Reason{}, false
	}
	reason := Reason{Text: "clients connect with TLS mode " + tls.Mode, Object: d.object, Path: at + ".tls.mode", Value: tls.Mode}
	switch tls.Mode {
	case "ISTIO_MUTUAL":
		return sendsMutual, reason, true
	case "", "DISABLE":
		reason.Text = "clients connect without TLS"
		return sendsPlain, reason, true
	case "SIMPLE", "MUTUAL":
		return sendsOwnTLS, reason, true
	default:
		return sendsUnknown, reason, true
	}
}
