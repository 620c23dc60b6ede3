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
		return sendsUnknown, Reason{Text: "DestinationRules could not be read"}, true
	}
	rules := m.rulesFor(client, r, all)
	for i := range rules {
		one, why, ok := m.ruledBy(&rules[i], r, all)
		if i > 0 && (ok != said || one != how) {
			return sendsUnknown, Reason{Text: "several DestinationRules are for " + r.host() + ", and which is older is not known", Object: rules[i].object, Path: "spec.host"}, true
		}
		how, reason, said = one, why, ok
	}
	return how, reason, said
}

// rulesFor looks rules up as istiod does: in the namespace of the client, then in
// that of the Service, then in the root namespace; in the first that has one for the
// host, the most specific (istio.io, "Traffic Management Best Practices",
// cross-namespace configuration; pilot/pkg/model, PushContext.destinationRule).
func (m *Mesh) rulesFor(client *Workload, r *route, all *destinationRules) []destinationRule {
	config := istioConfig.Of(m.view, struct{}{})
	for _, namespace := range []string{client.Namespace(), r.object.Namespace, config.RootNamespace} {
		var best []destinationRule
		for _, d := range all.byNamespace[namespace] {
			if !covers(fullHost(d.Spec.Host, namespace), r.host()) || !visible(&d, client, config) {
				continue
			}
			host := fullHost(d.Spec.Host, namespace)
			switch {
			case len(best) == 0 || moreSpecific(host, fullHost(best[0].Spec.Host, namespace)):
				best = []destinationRule{d}
			case host == fullHost(best[0].Spec.Host, namespace):
				best = append(best, d)
			}
		}
		if len(best) > 0 {
			return withSelectorFirst(best)
		}
	}
	return nil
}

// moreSpecific reports whether a host pattern is narrower than another.
func moreSpecific(a, b string) bool {
	if wildA, wildB := strings.HasPrefix(a, "*"), strings.HasPrefix(b, "*"); wildA != wildB {
		return wildB
	}
	return len(a) > len(b)
}

// withSelectorFirst keeps the rules that select the client, if any, over those for all.
func withSelectorFirst(rules []destinationRule) []destinationRule {
	var selected []destinationRule
	for _, d := range rules {
		if selective(d.Spec.WorkloadSelector) {
			selected = append(selected, d)
		}
	}
	if len(selected) > 0 {
		return selected
	}
	return rules
}

// visible reports whether the proxy of a client sees a rule: where it is exported
// to; one with a selector, only for the pods of its namespace that it selects.
func visible(d *destinationRule, client *Workload, config *istioSettings) bool {
	own := d.object.Namespace == client.Namespace()
	if selective(d.Spec.WorkloadSelector) && (!own || !client.HasLabels(d.Spec.WorkloadSelector.MatchLabels)) {
		return false
	}
	exported := d.Spec.ExportTo
	if len(exported) == 0 {
		exported = config.ExportTo
	}
	return len(exported) == 0 || slices.Contains(exported, "*") || own && slices.Contains(exported, ".") || slices.Contains(exported, client.Namespace())
}

// ruledBy is what one rule says: its setting for the port of the Service, which
// stands for all of it, else that for every port. Subsets count where a
// VirtualService routes to them.
func (m *Mesh) ruledBy(d *destinationRule, r *route, all *destinationRules) (sends, Reason, bool) {
	if d.Unread != nil {
		return sendsUnknown, Reason{Text: d.Unread.Error(), Object: d.object, Path: "spec"}, true
	}
	how, reason, said := policyOf(d, d.Spec.TrafficPolicy, "spec.trafficPolicy", r)
	for i := range d.Spec.Subsets {
		subset := &d.Spec.Subsets[i]
		if subset.TrafficPolicy == nil || all.routed && !all.subsets[r.host()][subset.Name] {
			continue
		}
		path := model.Path("spec.subsets").Index(i) + ".trafficPolicy"
		if one, _, ok := policyOf(d, subset.TrafficPolicy, path, r); ok && (!said || one != how) {
			return sendsUnknown, Reason{Text: "subset " + subset.Name + " has a TLS mode of its own", Object: d.object, Path: path + ".tls"}, true
		}
	}
	return how, reason, said
}

func policyOf(d *destinationRule, p *trafficPolicy, path model.Path, r *route) (sends, Reason, bool) {
	if p == nil {
		return sendsUnknown, Reason{}, false
	}
	tls := p.TLS
	for i := range p.PortLevelSettings {
		if p.PortLevelSettings[i].Port.Number == uint16(r.port.Port) {
			tls, path = p.PortLevelSettings[i].TLS, (path + ".portLevelSettings").Index(i)
			break
		}
	}
	if tls == nil {
		return sendsUnknown, Reason{}, false
	}
	reason := Reason{Text: "clients connect with TLS mode " + tls.Mode, Object: d.object, Path: path + ".tls.mode", Value: tls.Mode}
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
