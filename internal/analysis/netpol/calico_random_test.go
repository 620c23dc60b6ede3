package netpol

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"holdfast.dev/holdfast/internal/snapshot"
)

func (o *pluginOracle) addTier(name string, order float64) {
	spec := calicoTier{Order: &order, DefaultAction: pick(o.cluster, "", "Deny", "Pass")}
	o.tiers[name], o.passing[name] = order, spec.DefaultAction == "Pass"
	o.put(pick(o.cluster, calicoGroup, calicoStore), "Tier", "", name, snapshot.JSON(mustJSON(map[string]any{"spec": prune(spec)})))
}

// expression makes a random selector over some labels.
func (o *pluginOracle) expression(depth int, labels map[string][]string) *expression {
	if depth > 0 && o.IntN(2) == 0 {
		a, b := o.expression(depth-1, labels), o.expression(depth-1, labels)
		switch o.IntN(3) {
		case 0:
			return &expression{"(" + a.text + " && " + b.text + ")", func(l map[string]string) bool { return a.holds(l) && b.holds(l) }}
		case 1:
			return &expression{"(" + a.text + "||" + b.text + ")", func(l map[string]string) bool { return a.holds(l) || b.holds(l) }}
		default:
			return &expression{"! (" + a.text + ")", func(l map[string]string) bool { return !a.holds(l) }}
		}
	}
	keys := make([]string, 0, len(labels))
	for key := range labels {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	key := pick(o.cluster, keys...)
	value := pick(o.cluster, labels[key]...)
	part := value[:1]
	leaf := func(text string, holds func(value string, ok bool) bool) *expression {
		return &expression{text, func(l map[string]string) bool { v, ok := l[key]; return holds(v, ok) }}
	}
	switch o.IntN(9) {
	case 0:
		return leaf("all()", func(string, bool) bool { return true })
	case 1:
		return leaf("has("+key+")", func(_ string, ok bool) bool { return ok })
	case 2:
		return leaf("!has("+key+")", func(_ string, ok bool) bool { return !ok })
	case 3:
		return leaf(key+" != '"+value+"'", func(v string, _ bool) bool { return v != value })
	case 4:
		return leaf(key+" in {'"+value+"', \"x\"}", func(v string, _ bool) bool { return v == value })
	case 5:
		return leaf(key+" not in { '"+value+"' }", func(v string, _ bool) bool { return v != value })
	case 6:
		return leaf(key+" starts with '"+part+"'", func(v string, ok bool) bool { return ok && strings.HasPrefix(v, part) })
	case 7:
		return leaf(key+" ends with \""+part+"\"", func(v string, ok bool) bool { return ok && strings.HasSuffix(v, part) })
	default:
		return leaf(key+" contains '"+part+"'", func(v string, ok bool) bool { return ok && strings.Contains(v, part) })
	}
}

func (o *pluginOracle) podExpression() *expression {
	return o.expression(2, map[string][]string{
		"app": {"web", "db"}, "env": {"dev", "prod"}, "projectcalico.org/serviceaccount": {"a", "b"}, "projectcalico.org/namespace": {"ns0", "ns1"},
	})
}

func (o *pluginOracle) addCalico(name string) {
	p := calicoCase{namespace: pick(o.cluster, "", "ns0", "ns1"), name: name, selects: o.podExpression()}
	p.spec.Selector = p.selects.text
	p.spec.Tier = pick(o.cluster, "", "default")
	if _, ok := o.tiers["early"]; ok && o.IntN(2) == 0 {
		p.spec.Tier = "early"
	}
	p.tierOrder, p.order = o.tiers["default"], 1e300
	if p.spec.Tier != "" {
		p.tierOrder = o.tiers[p.spec.Tier]
	}
	if o.IntN(3) > 0 {
		p.order = pick(o.cluster, 10.0, 10.0, 1000, 2000)
		p.spec.Order = &p.order
	}
	for d := range p.rules {
		for range o.IntN(4) {
			r := o.calicoRule(Direction(d), p.namespace)
			p.rules[d] = append(p.rules[d], r)
		}
	}
	for _, r := range p.rules[Ingress] {
		p.spec.Ingress = append(p.spec.Ingress, r.rule)
	}
	for _, r := range p.rules[Egress] {
		p.spec.Egress = append(p.spec.Egress, r.rule)
	}
	p.types = [2]bool{Egress: len(p.rules[Egress]) > 0, Ingress: len(p.rules[Ingress]) > 0 || len(p.rules[Egress]) == 0}
	if o.IntN(2) == 0 {
		p.types, p.spec.Types = [2]bool{true, true}, []string{"Ingress", "Egress"}
	}
	o.calico = append(o.calico, p)
	kind := "NetworkPolicy"
	if p.namespace == "" {
		kind = "GlobalNetworkPolicy"
	}
	o.put(calicoGroup, kind, p.namespace, name, snapshot.JSON(mustJSON(map[string]any{"spec": prune(p.spec)})))
}

func (o *pluginOracle) calicoRule(d Direction, namespace string) calicoRuleCase {
	c := calicoRuleCase{rule: calicoRule{Action: pick(o.cluster, "Allow", "Allow", "Deny", "Pass", "Log")}}
	e := &c.rule.Source
	if d == Egress {
		e = &c.rule.Destination
	}
	if o.IntN(2) == 0 {
		c.selector = o.podExpression()
		e.Selector = c.selector.text
	}
	if o.IntN(4) == 0 {
		c.exclude = o.podExpression()
		e.NotSelector = c.exclude.text
	}
	if o.IntN(3) == 0 {
		c.ofNamespaces = o.expression(1, map[string][]string{"team": {"red", "blue"}, "projectcalico.org/name": {"ns0", "ns1"}})
		e.NamespaceSelector = c.ofNamespaces.text
	}
	if o.IntN(3) == 0 {
		e.Nets = []string{o.cidr()}
	}
	if o.IntN(4) == 0 {
		e.NotNets = []string{o.cidr()}
	}
	switch o.IntN(4) {
	case 0:
		c.rule.Protocol = new(intstr.FromString(pick(o.cluster, "TCP", "UDP", "ICMP")))
	case 1:
		c.rule.NotProtocol = new(intstr.FromInt32(17))
	case 2:
		c.rule.Protocol = new(intstr.FromString("TCP"))
		if o.IntN(2) == 0 {
			c.rule.Destination.Ports = []intstr.IntOrString{intstr.FromInt32(80), intstr.FromString(pick(o.cluster, "http", "50:79"))}
		} else {
			c.rule.Destination.NotPorts = []intstr.IntOrString{intstr.FromString("53:80")}
		}
	}
	return c
}

func (o *pluginOracle) calicoMatches(p *calicoCase, c *calicoRuleCase, d Direction, peer, dst host, protocol corev1.Protocol, port int32) bool {
	e := &c.rule.Source
	if d == Egress {
		e = &c.rule.Destination
	}
	if c.selector != nil || c.exclude != nil && p.namespace != "" || c.ofNamespaces != nil {
		switch {
		case peer.pod == nil,
			c.ofNamespaces == nil && p.namespace != "" && peer.pod.Namespace != p.namespace,
			c.ofNamespaces != nil && !c.ofNamespaces.holds(map[string]string{"team": o.namespaces[peer.pod.Namespace]["team"], "projectcalico.org/name": peer.pod.Namespace}),
			c.selector != nil && !c.selector.holds(o.labelsSeen(peer.pod)):
			return false
		}
	}
	if c.exclude != nil && peer.pod != nil && c.exclude.holds(o.labelsSeen(peer.pod)) {
		return false
	}
	in := func(nets []string) bool {
		return slices.ContainsFunc(nets, func(n string) bool { return o.nps.inNetwork(peer, n) })
	}
	if len(e.Nets) > 0 && !in(e.Nets) || in(e.NotNets) {
		return false
	}
	if c.rule.Protocol != nil && c.rule.Protocol.StrVal != string(protocol) || c.rule.NotProtocol != nil && protocol == corev1.ProtocolUDP {
		return false
	}
	meant := func(list []intstr.IntOrString) bool {
		return slices.ContainsFunc(list, func(i intstr.IntOrString) bool {
			var from, to int32
			if n, _ := fmt.Sscanf(i.StrVal, "%d:%d", &from, &to); n == 2 {
				return from <= port && port <= to
			}
			return i.Type == intstr.Int && i.IntVal == port || i.Type == intstr.String && o.nps.port(dst, protocol, port, i.StrVal, false, corev1.ProtocolTCP, 0, 0)
		})
	}
	return (len(c.rule.Destination.Ports) == 0 || meant(c.rule.Destination.Ports)) && !meant(c.rule.Destination.NotPorts)
}

// calicoSide lists whether the policies of one side can allow and can deny.
func (o *pluginOracle) calicoSide(d Direction, subject, peer, dst host, protocol corev1.Protocol, port int32) (can [2]bool) {
	isolated, npAllows := o.nps.networkPolicies(d, subject, peer, dst, protocol, port)
	var selecting []calicoCase
	for _, p := range o.calico {
		if p.types[d] && (p.namespace == "" || p.namespace == subject.pod.Namespace) && p.selects.holds(o.labelsSeen(subject.pod)) {
			selecting = append(selecting, p)
		}
	}
	if isolated {
		selecting = append(selecting, calicoCase{namespace: "of NetworkPolicies", tierOrder: 1e6, order: 1000})
	}
	orders := func(of func(calicoCase) float64, list []calicoCase) []float64 {
		var all []float64
		for _, p := range list {
			all = append(all, of(p))
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	passed := true
	for _, tier := range orders(func(p calicoCase) float64 { return p.tierOrder }, selecting) {
		inTier := slices.DeleteFunc(slices.Clone(selecting), func(p calicoCase) bool { return p.tierOrder != tier })
		undecided := true
		passed = false
		for _, order := range orders(func(p calicoCase) float64 { return p.order }, inTier) {
			first := map[string]string{} // what those of one kind and namespace say
			for _, p := range inTier {
				if p.order != order || first[p.namespace] != "" {
					continue
				}
				if p.namespace == "of NetworkPolicies" && npAllows {
					first[p.namespace] = "Allow"
				}
				for i := range p.rules[d] {
					if r := &p.rules[d][i]; r.rule.Action != "Log" && o.calicoMatches(&p, r, d, peer, dst, protocol, port) {
						first[p.namespace] = r.rule.Action
						break
					}
				}
			}
			for _, action := range first {
				can[0], can[1], passed = can[0] || action == "Allow", can[1] || action == "Deny", passed || action == "Pass"
				undecided = undecided && action == ""
			}
			if !undecided {
				break
			}
		}
		if undecided {
			passes := tier != 1e6 && o.passing["early"]
			can[1], passed = can[1] || !passes, passes
		}
		if !passed {
			return can
		}
	}
	can[0] = can[0] || passed
	return can
}
