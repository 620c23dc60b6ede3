package netpol

import (
	"strings"

	"github.com/go-json-experiment/json"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// The policies of Cilium as far as they are understood: layers 3 and 4 with endpoints,
// entities and CIDRs (https://docs.cilium.io/en/stable/security/policy/language/).
// Decoding refuses every other field, and the policy then counts as not understood.
type (
	ciliumPolicy struct {
		APIVersion string       `json:"apiVersion"`
		Kind       string       `json:"kind"`
		Metadata   ignored      `json:"metadata"`
		Status     ignored      `json:"status"`
		Spec       *ciliumRule  `json:"spec"`
		Specs      []ciliumRule `json:"specs"`
	}
	ciliumRule struct {
		EndpointSelector  *metav1.LabelSelector `json:"endpointSelector"`
		Ingress           []ciliumIngress       `json:"ingress"`
		IngressDeny       []ciliumIngress       `json:"ingressDeny"`
		Egress            []ciliumEgress        `json:"egress"`
		EgressDeny        []ciliumEgress        `json:"egressDeny"`
		EnableDefaultDeny struct {
			Ingress *bool `json:"ingress"`
			Egress  *bool `json:"egress"`
		} `json:"enableDefaultDeny"`
		Labels      ignored `json:"labels"`
		Description string  `json:"description"`
	}
	ciliumIngress struct {
		FromEndpoints  *[]metav1.LabelSelector `json:"fromEndpoints"`
		FromEntities   *[]string               `json:"fromEntities"`
		FromCIDR       *[]string               `json:"fromCIDR"`
		FromCIDRSet    *[]ciliumCIDR           `json:"fromCIDRSet"`
		ToPorts        []ciliumPorts           `json:"toPorts"`
		ICMPs          []ignored               `json:"icmps"`
		Authentication *ignored                `json:"authentication"`
	}
	ciliumEgress struct {
		ToEndpoints    *[]metav1.LabelSelector `json:"toEndpoints"`
		ToEntities     *[]string               `json:"toEntities"`
		ToCIDR         *[]string               `json:"toCIDR"`
		ToCIDRSet      *[]ciliumCIDR           `json:"toCIDRSet"`
		ToPorts        []ciliumPorts           `json:"toPorts"`
		ICMPs          []ignored               `json:"icmps"`
		Authentication *ignored                `json:"authentication"`
	}
	ciliumCIDR struct {
		CIDR   string   `json:"cidr"`
		Except []string `json:"except"`
	}
	ciliumPorts struct {
		Ports []struct {
			Port     string `json:"port"`
			Protocol string `json:"protocol"`
			EndPort  int32  `json:"endPort"`
		} `json:"ports"`
		Rules *ignored `json:"rules"` // of layer 7
	}
	// ignored is a field of which the content does not matter.
	ignored struct{}
)

// UnmarshalJSON implements json.Unmarshaler.
func (*ignored) UnmarshalJSON([]byte) error { return nil }

const ciliumGroup = "cilium.io"

// ciliumKind is CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy.
func ciliumKind(kind string) snapshot.Kind[*ciliumPolicy] {
	return snapshot.Kind[*ciliumPolicy]{Group: ciliumGroup, Kind: kind, Decode: func(raw []byte) (*ciliumPolicy, error) {
		p := &ciliumPolicy{}
		return p, json.Unmarshal(raw, p, json.RejectUnknownMembers(true))
	}}
}

// readCilium reads a policy as several: one for each spec and for what it denies, which
// comes before everything that allows. It returns nil and why if it is not understood.
func readCilium(object *snapshot.Object) (policies []*policy, path model.Path, problem string) {
	value, err := ciliumKind(object.Kind).Read(object)
	if err != nil {
		return nil, "spec", err.Error()
	}
	specs, paths := value.Specs, []model.Path{}
	for i := range specs {
		paths = append(paths, model.Path("specs").Index(i))
	}
	if value.Spec != nil {
		specs, paths = append([]ciliumRule{*value.Spec}, specs...), append([]model.Path{"spec"}, paths...)
	}
	if len(specs) == 0 {
		return nil, "", "there is no spec"
	}
	for i := range specs {
		r := &ciliumReading{clusterWide: object.Kind == "CiliumClusterwideNetworkPolicy"}
		if !r.clusterWide {
			r.namespace = home(object)
		}
		policies = append(policies, r.read(object, paths[i], &specs[i])...)
		if r.problem != "" {
			return nil, r.path, r.problem
		}
	}
	return policies, "", ""
}

type ciliumReading struct {
	reading
	namespace   string
	clusterWide bool
}

func (r *ciliumReading) read(object *snapshot.Object, path model.Path, spec *ciliumRule) []*policy {
	if spec.EndpointSelector == nil {
		r.refuse(path, "only policies with an endpointSelector are understood")
		return nil
	}
	subject := r.endpoints(path.Child("endpointSelector"), spec.EndpointSelector)
	if !r.clusterWide && subject.namespaces != nil {
		r.refuse(path.Child("endpointSelector"), "a policy of a namespace is about its own pods")
	}
	allow := &policy{object: object, scope: object.Scope(), tier: NetworkPolicyTier, subject: *subject}
	deny := &policy{object: object, scope: object.Scope(), tier: AdminTier, priority: beforeAll, subject: *subject}
	if len(spec.Ingress)+len(spec.IngressDeny) > 0 {
		isolates := spec.EnableDefaultDeny.Ingress == nil || *spec.EnableDefaultDeny.Ingress
		allow.sides[Ingress] = r.side(path.Child("ingress"), allowed, isolates, ingressRules(spec.Ingress))
		deny.sides[Ingress] = r.side(path.Child("ingressDeny"), denied, false, ingressRules(spec.IngressDeny))
	}
	if len(spec.Egress)+len(spec.EgressDeny) > 0 {
		isolates := spec.EnableDefaultDeny.Egress == nil || *spec.EnableDefaultDeny.Egress
		allow.sides[Egress] = r.side(path.Child("egress"), allowed, isolates, egressRules(spec.Egress))
		deny.sides[Egress] = r.side(path.Child("egressDeny"), denied, false, egressRules(spec.EgressDeny))
	}
	if len(spec.IngressDeny)+len(spec.EgressDeny) == 0 {
		return []*policy{allow}
	}
	return []*policy{allow, deny}
}

// ciliumPeers is a rule of either direction.
type ciliumPeers struct {
	fields        [4]string // of endpoints, entities, CIDRs, sets of CIDRs
	endpoints     *[]metav1.LabelSelector
	entities      *[]string
	cidrs         *[]string
	sets          *[]ciliumCIDR
	ports         []ciliumPorts
	icmp          bool
	authenticated bool
}

func ingressRules(rules []ciliumIngress) []ciliumPeers {
	list := make([]ciliumPeers, len(rules))
	for i, in := range rules {
		list[i] = ciliumPeers{
			[4]string{"fromEndpoints", "fromEntities", "fromCIDR", "fromCIDRSet"},
			in.FromEndpoints, in.FromEntities, in.FromCIDR, in.FromCIDRSet, in.ToPorts, len(in.ICMPs) > 0, in.Authentication != nil,
		}
	}
	return list
}

func egressRules(rules []ciliumEgress) []ciliumPeers {
	list := make([]ciliumPeers, len(rules))
	for i, out := range rules {
		list[i] = ciliumPeers{
			[4]string{"toEndpoints", "toEntities", "toCIDR", "toCIDRSet"},
			out.ToEndpoints, out.ToEntities, out.ToCIDR, out.ToCIDRSet, out.ToPorts, len(out.ICMPs) > 0, out.Authentication != nil,
		}
	}
	return list
}

func (r *ciliumReading) side(path model.Path, action outcome, isolates bool, rules []ciliumPeers) *side {
	s := &side{isolates: isolates}
	for i := range rules {
		from, at := &rules[i], path.Index(i)
		read := rule{index: i, path: at, action: action, conditional: from.authenticated}
		members := bit(from.endpoints != nil) + bit(from.entities != nil) + bit(from.cidrs != nil) + bit(from.sets != nil)
		switch {
		case members > 1:
			r.refuse(at, "Cilium takes one kind of peer in a rule, not %d", members)
		case from.icmp, members == 0 && len(from.ports) == 0:
			continue // nothing that is asked here
		}
		read.anyone = members == 0
		r.peers(&read, from)
		r.ports(&read, from.ports)
		s.rules = append(s.rules, read)
	}
	return s
}

func (r *ciliumReading) peers(read *rule, from *ciliumPeers) {
	at := func(field, index int) model.Path { return read.path.Child(from.fields[field]).Index(index) }
	if from.endpoints != nil {
		for i := range *from.endpoints {
			read.peers = append(read.peers, peer{path: at(0, i), pods: r.endpoints(at(0, i), &(*from.endpoints)[i])})
		}
	}
	if from.entities != nil {
		for i, entity := range *from.entities {
			if !knownEntity(entity) {
				r.refuse(at(1, i), "%q is no entity that is understood", entity)
			}
			read.peers = append(read.peers, peer{path: at(1, i), entity: entity})
		}
	}
	if from.cidrs != nil {
		for i, cidr := range *from.cidrs {
			read.peers = append(read.peers, peer{path: at(2, i), outside: true, blocks: []block{{cidr: r.prefix(at(2, i), cidr)}}})
		}
	}
	if from.sets != nil {
		for i, set := range *from.sets {
			read.peers = append(read.peers, peer{path: at(3, i), outside: true, blocks: []block{r.block(at(3, i), set.CIDR, set.Except)}})
		}
	}
}

// ports reads the ports of a rule; one without is about all. What rules of layer 7 let
// through depends on the request.
func (r *ciliumReading) ports(read *rule, ports []ciliumPorts) {
	if len(ports) == 0 {
		read.ports = allPorts()
	}
	for i := range ports {
		at := read.path.Child("toPorts").Index(i)
		read.conditional = read.conditional || ports[i].Rules != nil
		if len(ports[i].Ports) == 0 {
			r.refuse(at, "a list of ports is empty")
		}
		for j := range ports[i].Ports {
			p := &ports[i].Ports[j]
			protocols := Protocols()
			if p.Protocol != "" && p.Protocol != "ANY" {
				protocols = []Protocol{r.protocol(at.Child("ports").Index(j), strings.ToUpper(p.Protocol))}
			}
			for _, protocol := range protocols {
				r.port(read, at.Child("ports").Index(j), protocol, p.Port, p.EndPort)
			}
		}
	}
	read.ports = normal(read.ports)
}

func (r *ciliumReading) port(read *rule, path model.Path, protocol Protocol, text string, end int32) {
	number, isNumber := int32(0), text != ""
	for _, c := range text {
		if isNumber = isNumber && c >= '0' && c <= '9' && number < 100000; isNumber {
			number = number*10 + int32(c-'0')
		}
	}
	switch {
	case !isNumber:
		read.named = append(read.named, portName{name: r.portName(path, strings.ToLower(text)), protocol: protocol})
	case number == 0 && end == 0:
		read.ports = append(read.ports, portRange{from: linear(protocol, 0), to: linear(protocol, 65535)})
	default:
		read.ports = append(read.ports, r.reading.ports(path, protocol, number, max(number, end)))
	}
}

// endpoints reads a selector of Cilium: labels may be written with their source, and
// those of the namespace have keys of their own. Without one, a policy of a namespace
// means its own pods. Pods in the host network are no endpoints.
func (r *ciliumReading) endpoints(path model.Path, s *metav1.LabelSelector) *podSet {
	pods, namespaces := &metav1.LabelSelector{}, &metav1.LabelSelector{}
	for key, value := range s.MatchLabels {
		to, name := r.label(path, key, pods, namespaces)
		if to.MatchLabels == nil {
			to.MatchLabels = map[string]string{}
		}
		if other, ok := to.MatchLabels[name]; ok && other != value {
			r.refuse(path, "%s is asked for twice", name)
		}
		to.MatchLabels[name] = value
	}
	for _, e := range s.MatchExpressions {
		to, name := r.label(path, e.Key, pods, namespaces)
		e.Key = name
		to.MatchExpressions = append(to.MatchExpressions, e)
	}
	set := &podSet{pods: r.selector(path, pods), hosts: neverHosts}
	if len(namespaces.MatchLabels)+len(namespaces.MatchExpressions) > 0 {
		set.namespaces = r.selector(path, namespaces)
	} else if !r.clusterWide {
		set.namespace = r.namespace
	}
	return set
}

// label says which selector a key belongs to, and what it is called there.
func (r *ciliumReading) label(path model.Path, key string, pods, namespaces *metav1.LabelSelector) (*metav1.LabelSelector, string) {
	source, name, found := strings.Cut(key, ":")
	if !found {
		source, name = "any", key
	}
	switch {
	case source != "any" && source != "k8s" || strings.HasPrefix(name, "io.cilium.k8s.policy."):
		r.refuse(path, "labels like %s are not understood", key)
	case name == "io.kubernetes.pod.namespace":
		return namespaces, corev1.LabelMetadataName
	case strings.HasPrefix(name, "io.cilium.k8s.namespace.labels."):
		return namespaces, strings.TrimPrefix(name, "io.cilium.k8s.namespace.labels.")
	}
	return pods, name
}

func knownEntity(entity string) bool {
	switch entity {
	case "all", "world", "world-ipv4", "world-ipv6", "cluster", "host", "remote-node", "kube-apiserver", "none":
		return true
	default:
		return false
	}
}

// matchEntity adds the members that an entity means. Addresses are outside the cluster;
// which of them are API servers is not known. A host is the node of the pod, or another.
func (n *Network) matchEntity(m *matched, entity string) {
	family6 := n.atomBase + n.atoms.family6()
	last := n.atomBase + len(n.atoms.starts)
	switch entity {
	case "all":
		m.yes.union(n.everyone)
	case "world":
		m.yes.union(span(n.atomBase, last))
	case "world-ipv4":
		m.yes.union(span(n.atomBase, family6))
	case "world-ipv6":
		m.yes.union(span(family6, last))
	case "cluster":
		m.yes.union(span(0, n.atomBase))
	case "host", "remote-node":
		m.unsure.union(n.withNodes(n.hosts))
	case "kube-apiserver":
		m.unsure.union(n.withNodes(n.hosts))
		m.unsure.union(span(n.atomBase, last))
	}
}
