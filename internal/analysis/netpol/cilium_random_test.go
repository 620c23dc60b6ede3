package netpol

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/snapshot"
)

func (o *pluginOracle) addCilium(name string) {
	namespace := pick(o.cluster, "", "ns0", "ns1")
	p := ciliumPolicy{EndpointSelector: o.podSelector()}
	for range o.IntN(3) {
		p.Ingress = append(p.Ingress, o.ciliumRule(Ingress))
	}
	for range o.IntN(3) {
		p.Egress = append(p.Egress, o.ciliumRule(Egress))
	}
	for range o.IntN(2) {
		p.IngressDeny = append(p.IngressDeny, o.ciliumRule(Ingress))
		p.EgressDeny = append(p.EgressDeny, o.ciliumRule(Egress))
	}
	for _, rules := range [][]ciliumRule{p.IngressDeny, p.EgressDeny} {
		for i := range rules {
			if rules[i].ToPorts == nil && len(rules[i].FromEndpoints)+len(rules[i].ToEndpoints)+len(rules[i].FromEntities)+len(rules[i].ToEntities)+len(rules[i].FromCIDRSet)+len(rules[i].ToCIDRSet) == 0 {
				rules[i].ToPorts = []ciliumPorts{{Ports: []ciliumPort{{Port: "80"}}}}
			}
		}
	}
	if p.EnableDefaultDeny.Ingress = pick(o.cluster, nil, nil, new(true), new(false)); len(p.Ingress)+len(p.IngressDeny) == 0 {
		p.EnableDefaultDeny.Ingress = nil
	}
	o.cilium[namespace] = append(o.cilium[namespace], p)
	kind := "CiliumNetworkPolicy"
	if namespace == "" {
		kind = "CiliumClusterwideNetworkPolicy"
	}
	o.put(ciliumGroup, kind, namespace, name, snapshot.JSON(mustJSON(map[string]any{"spec": prune(p)})))
}

// prune leaves out what is not set, as people do.
func prune(value any) any {
	raw := string(mustJSON(value))
	for _, empty := range []string{`null`, `""`, `{}`} {
		for strings.Contains(raw, ":"+empty) && empty != `{}` {
			at := strings.Index(raw, ":"+empty)
			from := strings.LastIndex(raw[:at-1], `"`)
			raw = raw[:from] + raw[at+1+len(empty):]
			raw = strings.NewReplacer("{,", "{", ",,", ",", ",}", "}").Replace(raw)
		}
	}
	return jsonText(raw)
}

type jsonText string

func (j jsonText) MarshalJSON() ([]byte, error) { return []byte(j), nil }

func (o *pluginOracle) ciliumRule(d Direction) ciliumRule {
	var r ciliumRule
	endpoints, entities, blocks := &r.FromEndpoints, &r.FromEntities, &r.FromCIDRSet
	if d == Egress {
		endpoints, entities, blocks = &r.ToEndpoints, &r.ToEntities, &r.ToCIDRSet
	}
	switch o.IntN(5) {
	case 0:
		*entities = []string{pick(o.cluster, "world", "cluster", "all", "none", "world-ipv4")}
	case 1:
		*blocks = []ciliumBlock{{CIDR: "0.0.0.0/0", Except: pick(o.cluster, nil, []string{"10.0.0.0/8"})}, {CIDR: o.cidr()}}
	case 2, 3:
		s := o.podSelector()
		switch o.IntN(3) {
		case 0:
			s.MatchExpressions = append(s.MatchExpressions, metav1.LabelSelectorRequirement{Key: "k8s:io.kubernetes.pod.namespace", Operator: metav1.LabelSelectorOpIn, Values: []string{"ns1", "ns0"}[:1+o.IntN(2)]})
		case 1:
			s.MatchExpressions = append(s.MatchExpressions, metav1.LabelSelectorRequirement{Key: "io.cilium.k8s.namespace.labels.team", Operator: metav1.LabelSelectorOpNotIn, Values: []string{"red"}},
				metav1.LabelSelectorRequirement{Key: "k8s:io.kubernetes.pod.namespace", Operator: metav1.LabelSelectorOpExists})
		}
		*endpoints = []metav1.LabelSelector{*s}
	}
	for range o.IntN(3) {
		port := ciliumPort{Port: pick(o.cluster, "53", "80", "0"), Protocol: pick(o.cluster, "TCP", "UDP", "ANY", "")}
		switch {
		case d == Ingress && o.IntN(4) == 0:
			port.Port = "http"
		case port.Port != "0" && o.IntN(2) == 0:
			port.EndPort = pick[int32](o.cluster, 80, 8080)
		}
		r.ToPorts = append(r.ToPorts, ciliumPorts{Ports: []ciliumPort{port}})
	}
	return r
}

// labelsSeen are the labels of a pod as Cilium and Calico see them.
func (o *pluginOracle) labelsSeen(p *corev1.Pod) map[string]string {
	set := map[string]string{}
	for key, value := range p.Labels {
		set[key] = value
	}
	set["k8s:io.kubernetes.pod.namespace"], set["projectcalico.org/namespace"] = p.Namespace, p.Namespace
	set["projectcalico.org/serviceaccount"] = p.Spec.ServiceAccountName
	for key, value := range o.namespaces[p.Namespace] {
		set["io.cilium.k8s.namespace.labels."+key] = value
	}
	return set
}

// matchLabels follows the API of label selectors, without checking keys.
func matchLabels(s *metav1.LabelSelector, set map[string]string) bool {
	for key, value := range s.MatchLabels {
		if got, ok := set[key]; !ok || got != value {
			return false
		}
	}
	return !slices.ContainsFunc(s.MatchExpressions, func(e metav1.LabelSelectorRequirement) bool {
		value, ok := set[e.Key]
		switch e.Operator {
		case metav1.LabelSelectorOpIn:
			return !ok || !slices.Contains(e.Values, value)
		case metav1.LabelSelectorOpNotIn:
			return ok && slices.Contains(e.Values, value)
		case metav1.LabelSelectorOpExists:
			return !ok
		default:
			return ok
		}
	})
}

func (o *pluginOracle) ciliumMatches(namespace string, d Direction, r *ciliumRule, peer, dst host, protocol corev1.Protocol, port int32) bool {
	endpoints, entities, blocks := r.FromEndpoints, r.FromEntities, r.FromCIDRSet
	if d == Egress {
		endpoints, entities, blocks = r.ToEndpoints, r.ToEntities, r.ToCIDRSet
	}
	outside := peer.pod == nil
	matches := len(endpoints)+len(entities)+len(blocks) == 0 && len(r.ToPorts) > 0
	for i := range endpoints {
		text := string(mustJSON(endpoints[i]))
		own := namespace == "" || strings.Contains(text, "io.kubernetes.pod.namespace") || strings.Contains(text, "namespace.labels") || !outside && peer.pod.Namespace == namespace
		matches = matches || !outside && own && matchLabels(&endpoints[i], o.labelsSeen(peer.pod))
	}
	for _, e := range entities {
		matches = matches || e == "all" || e == "cluster" && !outside || e == "world" && outside || e == "world-ipv4" && outside && peer.address.Is4()
	}
	for _, b := range blocks {
		matches = matches || outside && o.nps.inNetwork(peer, b.CIDR, b.Except...)
	}
	return matches && (len(r.ToPorts) == 0 || slices.ContainsFunc(r.ToPorts, func(entry ciliumPorts) bool {
		return slices.ContainsFunc(entry.Ports, func(p ciliumPort) bool {
			of := corev1.Protocol(p.Protocol)
			if p.Protocol == "ANY" || p.Protocol == "" {
				of = protocol
			}
			var from int32
			if fmt.Sscan(p.Port, &from); p.Port == "http" {
				return o.nps.port(dst, protocol, port, "http", false, of, 0, 0)
			}
			return of == protocol && (p.Port == "0" || from <= port && port <= max(from, p.EndPort))
		})
	}))
}

// ciliumSide says whether the policies of one side let a connection through.
func (o *pluginOracle) ciliumSide(d Direction, subject, peer, dst host, protocol corev1.Protocol, port int32) (can [2]bool) {
	isolated, allowed := o.nps.networkPolicies(d, subject, peer, dst, protocol, port)
	deniedOne := false
	for namespace, policies := range o.cilium {
		for _, p := range policies {
			if namespace != "" && namespace != subject.pod.Namespace || !matchLabels(p.EndpointSelector, o.labelsSeen(subject.pod)) {
				continue
			}
			allow, deny, wants := p.Ingress, p.IngressDeny, p.EnableDefaultDeny.Ingress
			if d == Egress {
				allow, deny, wants = p.Egress, p.EgressDeny, p.EnableDefaultDeny.Egress
			}
			isolated = isolated || wants == nil && len(allow)+len(deny) > 0 || wants != nil && *wants
			matches := func(r ciliumRule) bool {
				return o.ciliumMatches(namespace, d, &r, peer, dst, protocol, port)
			}
			allowed, deniedOne = allowed || slices.ContainsFunc(allow, matches), deniedOne || slices.ContainsFunc(deny, matches)
		}
	}
	through := !deniedOne && (allowed || !isolated)
	return [2]bool{through, !through}
}
