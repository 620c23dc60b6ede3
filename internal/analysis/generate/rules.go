package generate

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"holdfast.dev/holdfast/internal/analysis/netpol"
)

// portOf is a port of a protocol.
type portOf struct {
	protocol netpol.Protocol
	port     uint16
}

func (p portOf) compare(other portOf) int {
	return cmp.Or(cmp.Compare(p.protocol, other.protocol), cmp.Compare(p.port, other.port))
}

// peer is a party as policies see it: a group instead of a workload.
type peer struct {
	group  *group
	block  netip.Prefix
	podsOf string
	anyone bool
}

func peerOf(p party) peer {
	if p.unit != nil {
		return peer{group: p.unit.group}
	}
	return peer{block: p.block, podsOf: p.podsOf, anyone: p.anyone}
}

func (p peer) party() party {
	if p.group != nil {
		return party{unit: p.group.units[0]}
	}
	return party{block: p.block, podsOf: p.podsOf, anyone: p.anyone}
}

func (p peer) compare(other peer) int { return p.party().compare(other.party()) }

// covers reports whether whom q means, p means too.
func (p peer) covers(q peer) bool {
	switch {
	case p == q:
		return false
	case p.anyone:
		return true
	case p.podsOf == anyPods:
		return q.group != nil || q.podsOf != ""
	case p.podsOf != "":
		return q.group != nil && q.group.namespace == p.podsOf
	case p.group != nil:
		return false
	default:
		return q.block.IsValid() && p.block.Bits() <= q.block.Bits() && p.block.Contains(q.block.Addr())
	}
}

// wide reports whether the peer can cover another one.
func (p peer) wide() bool {
	return p.group == nil && (!p.block.IsValid() || !p.block.IsSingleIP())
}

// rules are what one group may do in one direction: the ports of each peer.
type rules map[peer]map[portOf]bool

func (r rules) add(p peer, port portOf) {
	if r[p] == nil {
		r[p] = map[portOf]bool{}
	}
	r[p][port] = true
}

// reduce takes away what another peer covers.
func (r rules) reduce() {
	var wide []peer
	for p := range r {
		if p.wide() {
			wide = append(wide, p)
		}
	}
	slices.SortFunc(wide, peer.compare)
	for p, ports := range r {
		for _, w := range wide {
			if !w.covers(p) {
				continue
			}
			for port := range r[w] { // of a covered peer too: then a wider one has the port
				delete(ports, port)
			}
		}
	}
	for p, ports := range r {
		if len(ports) == 0 {
			delete(r, p)
		}
	}
}

// rule is peers that may use the same ports.
type rule struct {
	peers []peer
	ports []portOf
}

// list makes as few rules as there are sets of ports, so that no connection is allowed
// by two of them.
func (r rules) list() []rule {
	byPorts := map[string]*rule{}
	for p, set := range r {
		ports := make([]portOf, 0, len(set))
		for port := range set {
			ports = append(ports, port)
		}
		slices.SortFunc(ports, portOf.compare)
		var key strings.Builder
		for _, port := range ports {
			key.WriteByte(byte(port.protocol))
			key.WriteByte(byte(port.port >> 8))
			key.WriteByte(byte(port.port))
		}
		if p.anyone {
			key.WriteString("anyone") // a rule for everyone has no peers
		}
		if byPorts[key.String()] == nil {
			byPorts[key.String()] = &rule{ports: ports}
		}
		at := byPorts[key.String()]
		at.peers = append(at.peers, p)
	}
	list := make([]rule, 0, len(byPorts))
	for _, made := range byPorts {
		slices.SortFunc(made.peers, peer.compare)
		list = append(list, *made)
	}
	slices.SortFunc(list, func(a, b rule) int { return a.peers[0].compare(b.peers[0]) })
	return list
}

// policyPeers writes the peers of a rule of a policy in a namespace; none means
// everyone.
func (r *rule) policyPeers(namespace string) []networkingv1.NetworkPolicyPeer {
	var peers []networkingv1.NetworkPolicyPeer
	for _, p := range r.peers {
		switch {
		case p.anyone:
			return nil
		case p.podsOf == anyPods:
			peers = append(peers, networkingv1.NetworkPolicyPeer{NamespaceSelector: &metav1.LabelSelector{}})
		case p.podsOf == namespace:
			peers = append(peers, networkingv1.NetworkPolicyPeer{PodSelector: &metav1.LabelSelector{}})
		case p.podsOf != "":
			peers = append(peers, networkingv1.NetworkPolicyPeer{NamespaceSelector: namespaceSelector(p.podsOf)})
		case p.group != nil:
			written := networkingv1.NetworkPolicyPeer{PodSelector: p.group.selector.DeepCopy()}
			if p.group.namespace != namespace {
				written.NamespaceSelector = namespaceSelector(p.group.namespace)
			}
			peers = append(peers, written)
		default:
			peers = append(peers, networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: p.block.String()}})
		}
	}
	return peers
}

// namespaceSelector selects one namespace by the label that the API server writes to
// each (KEP-2161).
func namespaceSelector(name string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: name}}
}

func (r *rule) policyPorts() []networkingv1.NetworkPolicyPort {
	ports := make([]networkingv1.NetworkPolicyPort, len(r.ports))
	for i, p := range r.ports {
		protocol, port := corev1.Protocol(p.protocol.String()), intstr.FromInt32(int32(p.port))
		ports[i] = networkingv1.NetworkPolicyPort{Protocol: &protocol, Port: &port}
	}
	return ports
}
