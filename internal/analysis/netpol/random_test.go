package netpol

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	policyv1alpha1 "sigs.k8s.io/network-policy-api/apis/v1alpha1"
	policyv1alpha2 "sigs.k8s.io/network-policy-api/apis/v1alpha2"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// cluster is a random cluster, small enough for everything to meet.
type cluster struct {
	*rand.Rand
	namespaces map[string]map[string]string
	pods       []*corev1.Pod
	policies   []*networkingv1.NetworkPolicy
	admins     []*policyv1alpha2.ClusterNetworkPolicy // those of older kinds in the newer shape
	objects    []*snapshot.Object
}

func pick[T any](c *cluster, of ...T) T { return of[c.IntN(len(of))] }

func (c *cluster) labelsOf(namespace string) map[string]string {
	set := map[string]string{corev1.LabelMetadataName: namespace}
	for key, value := range c.namespaces[namespace] {
		set[key] = value
	}
	return set
}

func (c *cluster) put(group, kind, namespace, name string, body any) {
	id := model.ID{Group: group, Kind: kind, Namespace: namespace, Name: name}
	c.objects = append(c.objects, &snapshot.Object{Ref: model.Ref{ID: id}, Body: body})
}

func newCluster(seed uint64) *cluster {
	c := &cluster{Rand: rand.New(rand.NewPCG(seed, 2)), namespaces: map[string]map[string]string{}}
	for i := range 1 + c.IntN(3) {
		name := fmt.Sprint("ns", i)
		c.namespaces[name] = map[string]string{"team": pick(c, "red", "blue")}
		c.put("", "Namespace", "", name, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: c.namespaces[name]}})
		for j := range 1 + c.IntN(3) {
			c.addPod(name, fmt.Sprint("pod", j))
		}
	}
	for i := range c.IntN(5) {
		c.addPolicy(fmt.Sprint("np", i))
	}
	if c.IntN(3) > 0 {
		for i := range c.IntN(4) {
			c.addAdmin(fmt.Sprint("anp", i))
		}
		for i := range c.IntN(4) {
			c.addCluster(fmt.Sprint("cnp", i))
		}
		if c.IntN(3) == 0 {
			c.addBaseline()
		}
	}
	return c
}

func (c *cluster) addPod(namespace, name string) {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace, Labels: map[string]string{"app": pick(c, "web", "db"), "env": pick(c, "dev", "prod")}}}
	if c.IntN(4) == 0 {
		delete(p.Labels, "env")
	}
	p.Spec.HostNetwork = c.IntN(8) == 0
	ports := []corev1.ContainerPort{{Name: "http", ContainerPort: pick[int32](c, 80, 8080), Protocol: corev1.ProtocolTCP}}
	if c.IntN(2) == 0 {
		ports = append(ports, corev1.ContainerPort{Name: "dns", ContainerPort: 53, Protocol: pick(c, corev1.ProtocolUDP, corev1.ProtocolTCP)})
	}
	p.Spec.Containers = []corev1.Container{{Name: "c", Ports: ports}}
	address := fmt.Sprintf("10.0.%d.%d", c.IntN(2), c.IntN(16))
	if c.IntN(3) == 0 {
		address = fmt.Sprintf("fd00::%d:%x", c.IntN(2), c.IntN(16))
	}
	p.Status.PodIPs = []corev1.PodIP{{IP: address}}
	c.pods = append(c.pods, p)
	c.put("", "Pod", namespace, name, p)
}

func (c *cluster) selector(key string, values ...string) *metav1.LabelSelector {
	switch c.IntN(6) {
	case 0:
		return &metav1.LabelSelector{}
	case 1:
		return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: key, Operator: pick(c, metav1.LabelSelectorOpExists, metav1.LabelSelectorOpDoesNotExist)}}}
	case 2:
		return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: key, Operator: metav1.LabelSelectorOpNotIn, Values: []string{pick(c, values...)}}}}
	case 3:
		return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: key, Operator: metav1.LabelSelectorOpIn, Values: values}}}
	default:
		return &metav1.LabelSelector{MatchLabels: map[string]string{key: pick(c, values...)}}
	}
}

func (c *cluster) podSelector() *metav1.LabelSelector {
	if c.IntN(2) == 0 {
		return c.selector("app", "web", "db")
	}
	return c.selector("env", "dev", "prod")
}

func (c *cluster) namespaceSelector() *metav1.LabelSelector {
	if c.IntN(4) == 0 {
		return c.selector(corev1.LabelMetadataName, "ns0", "ns1")
	}
	return c.selector("team", "red", "blue")
}

func (c *cluster) cidr() string {
	return pick(c, "0.0.0.0/0", "10.0.0.0/24", "10.0.0.8/29", "10.0.1.4/32", "192.0.2.0/24", "::/0", "fd00::/112", "fd00::1:0/112", "fd00::5/128")
}

func (c *cluster) addPolicy(name string) {
	np := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: fmt.Sprint("ns", c.IntN(3))}}
	np.Spec.PodSelector = *c.podSelector()
	for range c.IntN(3) {
		np.Spec.Ingress = append(np.Spec.Ingress, networkingv1.NetworkPolicyIngressRule{From: c.peers(), Ports: c.ports()})
	}
	for range c.IntN(3) {
		np.Spec.Egress = append(np.Spec.Egress, networkingv1.NetworkPolicyEgressRule{To: c.peers(), Ports: c.ports()})
	}
	np.Spec.PolicyTypes = pick(c, nil, []networkingv1.PolicyType{"Ingress"}, []networkingv1.PolicyType{"Egress"}, []networkingv1.PolicyType{"Ingress", "Egress"})
	c.policies = append(c.policies, np)
	// The API server writes the defaults, also into what is read here.
	c.put("networking.k8s.io", "NetworkPolicy", np.Namespace, name, snapshot.JSON(mustJSON(np)))
}

func (c *cluster) peers() []networkingv1.NetworkPolicyPeer {
	var peers []networkingv1.NetworkPolicyPeer
	for range c.IntN(3) {
		var p networkingv1.NetworkPolicyPeer
		switch c.IntN(4) {
		case 0:
			p.PodSelector = c.podSelector()
		case 1:
			p.NamespaceSelector = c.namespaceSelector()
		case 2:
			p.PodSelector, p.NamespaceSelector = c.podSelector(), c.namespaceSelector()
		default:
			p.IPBlock = &networkingv1.IPBlock{CIDR: c.cidr()}
			switch p.IPBlock.CIDR {
			case "0.0.0.0/0":
				p.IPBlock.Except = pick(c, nil, []string{"10.0.0.0/24"}, []string{"10.0.0.0/8", "192.0.2.128/25"})
			case "::/0":
				p.IPBlock.Except = pick(c, nil, []string{"fd00::/112"})
			}
		}
		peers = append(peers, p)
	}
	return peers
}

func (c *cluster) ports() []networkingv1.NetworkPolicyPort {
	var ports []networkingv1.NetworkPolicyPort
	for range c.IntN(3) {
		var p networkingv1.NetworkPolicyPort
		if c.IntN(2) == 0 {
			p.Protocol = new(pick(c, corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP))
		}
		switch c.IntN(4) {
		case 0:
			p.Port = new(intstr.FromInt32(pick[int32](c, 1, 53, 80, 8080)))
		case 1:
			p.Port, p.EndPort = new(intstr.FromInt32(pick[int32](c, 1, 53, 79))), new(pick[int32](c, 80, 8080, 65535))
		case 2:
			p.Port = new(intstr.FromString(pick(c, "http", "dns")))
		}
		ports = append(ports, p)
	}
	return ports
}

func (c *cluster) namespacedPod() *policyv1alpha2.NamespacedPod {
	return &policyv1alpha2.NamespacedPod{NamespaceSelector: *c.namespaceSelector(), PodSelector: *c.podSelector()}
}

// rules makes rules of either direction; those of ingress have pods as peers only.
func (c *cluster) rules(ingress, passes bool) []policyv1alpha2.ClusterNetworkPolicyEgressRule {
	var rules []policyv1alpha2.ClusterNetworkPolicyEgressRule
	for range c.IntN(3) {
		rule := policyv1alpha2.ClusterNetworkPolicyEgressRule{Action: pick[policyv1alpha2.ClusterNetworkPolicyRuleAction](c, "Accept", "Deny", "Pass")}
		if !passes && rule.Action == "Pass" {
			rule.Action = "Deny"
		}
		networks := false
		for range 1 + c.IntN(2) {
			var p policyv1alpha2.ClusterNetworkPolicyEgressPeer
			switch kind := c.IntN(9); {
			case kind == 0 && passes:
			case kind < 4:
				p.Namespaces = c.namespaceSelector()
			case kind < 7 || ingress:
				p.Pods = c.namespacedPod()
			default:
				networks = true
				p.Networks = []policyv1alpha2.CIDR{policyv1alpha2.CIDR(c.cidr())}
			}
			rule.To = append(rule.To, p)
		}
		for range c.IntN(3) {
			rule.Protocols = append(rule.Protocols, c.protocol(!networks && !slices.ContainsFunc(rule.To, isStrange)))
		}
		rules = append(rules, rule)
	}
	return rules
}

func (c *cluster) protocol(named bool) policyv1alpha2.ClusterNetworkPolicyProtocol {
	port := &policyv1alpha2.Port{Number: pick[int32](c, 53, 80, 8080)}
	if c.IntN(3) == 0 {
		port = &policyv1alpha2.Port{Range: &policyv1alpha2.PortRange{Start: pick[int32](c, 1, 53), End: pick[int32](c, 80, 65535)}}
	}
	switch kind := c.IntN(5); {
	case kind == 0 && named:
		return policyv1alpha2.ClusterNetworkPolicyProtocol{DestinationNamedPort: pick(c, "http", "dns")}
	case kind == 1:
		return policyv1alpha2.ClusterNetworkPolicyProtocol{UDP: &policyv1alpha2.ClusterNetworkPolicyProtocolUDP{DestinationPort: port}}
	case kind == 2:
		return policyv1alpha2.ClusterNetworkPolicyProtocol{SCTP: &policyv1alpha2.ClusterNetworkPolicyProtocolSCTP{DestinationPort: port}}
	default:
		return policyv1alpha2.ClusterNetworkPolicyProtocol{TCP: &policyv1alpha2.ClusterNetworkPolicyProtocolTCP{DestinationPort: port}}
	}
}

func rulesOf(p *policyv1alpha2.ClusterNetworkPolicy, d Direction) []policyv1alpha2.ClusterNetworkPolicyEgressRule {
	if d == Egress {
		return p.Spec.Egress
	}
	var rules []policyv1alpha2.ClusterNetworkPolicyEgressRule
	for _, in := range p.Spec.Ingress {
		rule := policyv1alpha2.ClusterNetworkPolicyEgressRule{Action: in.Action, Protocols: in.Protocols}
		for _, from := range in.From {
			rule.To = append(rule.To, policyv1alpha2.ClusterNetworkPolicyEgressPeer{Namespaces: from.Namespaces, Pods: from.Pods})
		}
		rules = append(rules, rule)
	}
	return rules
}

func (c *cluster) addCluster(name string) { c.putCluster(name, c.newCluster(name, true)) }

func (c *cluster) putCluster(name string, p *policyv1alpha2.ClusterNetworkPolicy) {
	c.put(adminGroup, "ClusterNetworkPolicy", "", name, p)
	c.admins = append(c.admins, p)
}

func (c *cluster) newCluster(name string, strange bool) *policyv1alpha2.ClusterNetworkPolicy {
	p := &policyv1alpha2.ClusterNetworkPolicy{ObjectMeta: metav1.ObjectMeta{Name: name}}
	p.Spec.Tier, p.Spec.Priority = pick(c, policyv1alpha2.AdminTier, policyv1alpha2.BaselineTier), int32(c.IntN(4))
	if c.IntN(2) == 0 {
		p.Spec.Subject.Namespaces = c.namespaceSelector()
	} else {
		p.Spec.Subject.Pods = c.namespacedPod()
	}
	p.Spec.Egress = c.rules(false, strange)
	for _, rule := range c.rules(true, strange) {
		in := policyv1alpha2.ClusterNetworkPolicyIngressRule{Action: rule.Action, Protocols: rule.Protocols}
		for _, to := range rule.To {
			in.From = append(in.From, policyv1alpha2.ClusterNetworkPolicyIngressPeer{Namespaces: to.Namespaces, Pods: to.Pods})
		}
		p.Spec.Ingress = append(p.Spec.Ingress, in)
	}
	return p
}

// addAdmin writes a policy of the newer kind as one of the older.
func (c *cluster) addAdmin(name string) {
	p := c.newCluster(name, true)
	p.Spec.Tier = policyv1alpha2.AdminTier
	c.admins = append(c.admins, p)
	anp := &policyv1alpha1.AdminNetworkPolicy{ObjectMeta: p.ObjectMeta}
	anp.Spec.Priority = p.Spec.Priority
	anp.Spec.Subject = olderSubject(p)
	for _, rule := range p.Spec.Egress {
		older := policyv1alpha1.AdminNetworkPolicyEgressRule{Action: policyv1alpha1.AdminNetworkPolicyRuleAction(olderAction(rule.Action)), Ports: olderPorts(rule.Protocols)}
		for _, to := range rule.To {
			older.To = append(older.To, policyv1alpha1.AdminNetworkPolicyEgressPeer{Namespaces: to.Namespaces, Pods: olderPods(to.Pods), Networks: olderNetworks(to.Networks)})
		}
		anp.Spec.Egress = append(anp.Spec.Egress, older)
	}
	for _, rule := range p.Spec.Ingress {
		older := policyv1alpha1.AdminNetworkPolicyIngressRule{Action: policyv1alpha1.AdminNetworkPolicyRuleAction(olderAction(rule.Action)), Ports: olderPorts(rule.Protocols)}
		for _, from := range rule.From {
			older.From = append(older.From, policyv1alpha1.AdminNetworkPolicyIngressPeer{Namespaces: from.Namespaces, Pods: olderPods(from.Pods)})
		}
		anp.Spec.Ingress = append(anp.Spec.Ingress, older)
	}
	c.put(adminGroup, "AdminNetworkPolicy", "", name, anp)
}

// addBaseline adds the one policy of its kind, in place of the baseline tier of the
// newer kind, which it cannot be ordered with.
func (c *cluster) addBaseline() {
	c.admins = slices.DeleteFunc(c.admins, func(p *policyv1alpha2.ClusterNetworkPolicy) bool { return p.Spec.Tier == policyv1alpha2.BaselineTier })
	c.objects = slices.DeleteFunc(c.objects, func(o *snapshot.Object) bool {
		p, ok := o.Body.(*policyv1alpha2.ClusterNetworkPolicy)
		return ok && p.Spec.Tier == policyv1alpha2.BaselineTier
	})
	p := c.newCluster("default", false)
	p.Spec.Tier = policyv1alpha2.BaselineTier
	c.admins = append(c.admins, p)
	banp := &policyv1alpha1.BaselineAdminNetworkPolicy{ObjectMeta: p.ObjectMeta}
	banp.Spec.Subject = olderSubject(p)
	for _, rule := range p.Spec.Egress {
		older := policyv1alpha1.BaselineAdminNetworkPolicyEgressRule{Action: policyv1alpha1.BaselineAdminNetworkPolicyRuleAction(olderAction(rule.Action)), Ports: olderPorts(rule.Protocols)}
		for _, to := range rule.To {
			older.To = append(older.To, policyv1alpha1.BaselineAdminNetworkPolicyEgressPeer{Namespaces: to.Namespaces, Pods: olderPods(to.Pods), Networks: olderNetworks(to.Networks)})
		}
		banp.Spec.Egress = append(banp.Spec.Egress, older)
	}
	for _, rule := range p.Spec.Ingress {
		older := policyv1alpha1.BaselineAdminNetworkPolicyIngressRule{Action: policyv1alpha1.BaselineAdminNetworkPolicyRuleAction(olderAction(rule.Action)), Ports: olderPorts(rule.Protocols)}
		for _, from := range rule.From {
			older.From = append(older.From, policyv1alpha1.AdminNetworkPolicyIngressPeer{Namespaces: from.Namespaces, Pods: olderPods(from.Pods)})
		}
		banp.Spec.Ingress = append(banp.Spec.Ingress, older)
	}
	c.put(adminGroup, "BaselineAdminNetworkPolicy", "", "default", banp)
}

func olderAction(a policyv1alpha2.ClusterNetworkPolicyRuleAction) string {
	if a == "Accept" {
		return "Allow"
	}
	return string(a)
}

func olderSubject(p *policyv1alpha2.ClusterNetworkPolicy) policyv1alpha1.AdminNetworkPolicySubject {
	return policyv1alpha1.AdminNetworkPolicySubject{Namespaces: p.Spec.Subject.Namespaces, Pods: olderPods(p.Spec.Subject.Pods)}
}

func olderPods(p *policyv1alpha2.NamespacedPod) *policyv1alpha1.NamespacedPod {
	if p == nil {
		return nil
	}
	return &policyv1alpha1.NamespacedPod{NamespaceSelector: p.NamespaceSelector, PodSelector: p.PodSelector}
}

func olderNetworks(networks []policyv1alpha2.CIDR) []policyv1alpha1.CIDR {
	var older []policyv1alpha1.CIDR
	for _, n := range networks {
		older = append(older, policyv1alpha1.CIDR(n))
	}
	return older
}

func olderPorts(protocols []policyv1alpha2.ClusterNetworkPolicyProtocol) *[]policyv1alpha1.AdminNetworkPolicyPort {
	if protocols == nil {
		return nil
	}
	ports := make([]policyv1alpha1.AdminNetworkPolicyPort, len(protocols))
	for i, p := range protocols {
		protocol, port := corev1.ProtocolTCP, (*policyv1alpha2.Port)(nil)
		switch {
		case p.DestinationNamedPort != "":
			ports[i].NamedPort = new(p.DestinationNamedPort)
			continue
		case p.TCP != nil:
			port = p.TCP.DestinationPort
		case p.UDP != nil:
			protocol, port = corev1.ProtocolUDP, p.UDP.DestinationPort
		default:
			protocol, port = corev1.ProtocolSCTP, p.SCTP.DestinationPort
		}
		if port.Range != nil {
			ports[i].PortRange = &policyv1alpha1.PortRange{Protocol: protocol, Start: port.Range.Start, End: port.Range.End}
		} else {
			ports[i].PortNumber = &policyv1alpha1.Port{Protocol: protocol, Port: port.Number}
		}
	}
	return &ports
}

func (c *cluster) snapshot() *snapshot.Snapshot {
	changes := everythingListed()
	for _, o := range c.objects {
		changes = append(changes, snapshot.Change{Put: o})
	}
	return snapshot.New(snapshot.Settings{}, changes...)
}

// What the Network says of 10,000 random clusters is what the reference says, and what
// it lists is what it says.
func TestRandomClusters(t *testing.T) {
	count := 10_000
	if testing.Short() {
		count = 500
	}
	verdicts := map[Verdict]int{}
	for seed := range uint64(count) {
		c := newCluster(seed)
		profile := Profile{HostNetwork: pick(c, Open, Applies, Ignores), PodBlocks: pick(c, Open, Applies, Ignores), NodeBlocks: pick(c, Open, Applies)}
		n := Model(c.snapshot().View(), profile)
		if len(n.Gaps()) > 0 {
			t.Fatalf("seed %d: %v", seed, n.Gaps())
		}
		listed := list(t, n)
		for range 40 {
			src, dst := c.host(), c.host()
			if src.pod == nil && dst.pod == nil {
				continue
			}
			protocol, port := pick(c, TCP, TCP, UDP, SCTP), pick[int32](c, 1, 52, 53, 79, 80, 81, 8080, 9000, 65535)
			want := (&oracle{cluster: c, profile: profile}).verdict(src, dst, corev1.Protocol(protocol.String()), port)
			from, to := c.peer(t, n, src), c.peer(t, n, dst)
			got := n.Verdict(from, to, protocol, uint16(port))
			verdicts[got]++
			if got != want {
				t.Fatalf("seed %d, %+v: %s to %s %s/%d: %s, the reference says %s", seed, profile, from, to, protocol, port, got, want)
			}
			if in := listed.find(from, to, protocol, uint16(port)); in != want && from.End != to.End {
				t.Fatalf("seed %d, %+v: %s to %s %s/%d is listed as %s, the reference says %s", seed, profile, from, to, protocol, port, in, want)
			}
		}
	}
	t.Log(verdicts)
	for _, v := range []Verdict{Unknown, Denied, Allowed, Undefined} {
		if verdicts[v] < count/2 {
			t.Errorf("%s came out %d times only", v, verdicts[v])
		}
	}
}

// host picks a pod or an address.
func (c *cluster) host() host {
	if c.IntN(4) > 0 {
		p := pick(c, c.pods...)
		return host{pod: p, address: netip.MustParseAddr(p.Status.PodIPs[0].IP)}
	}
	return host{address: netip.MustParseAddr(pick(c, "10.0.0.0", "10.0.0.9", "10.0.1.4", "10.9.9.9", "192.0.2.1", "192.0.2.200", "255.255.255.255", "::", "fd00::5", "fd00::1:3", "2001:db8::1"))}
}

func (c *cluster) peer(t testing.TB, n *Network, h host) Peer {
	if h.pod == nil {
		return Outside(h.address)
	}
	return Of(end(t, n, h.pod.Namespace+"/"+h.pod.Name))
}

// listing is what Each lists.
type listing map[*End][]Connection

func list(t testing.TB, n *Network) listing {
	all := listing{}
	for c := range n.Connections() {
		if c.Verdict == Denied || c.From > c.To || c.From == 0 {
			t.Fatalf("%+v is listed", c)
		}
		key := c.Src.End
		if key == nil {
			key = c.Dst.End
		}
		all[key] = append(all[key], c)
	}
	return all
}

func (l listing) find(src, dst Peer, protocol Protocol, port uint16) Verdict {
	is := func(listed, asked Peer) bool {
		return listed.End == asked.End && (asked.End != nil || listed.Range.Contains(asked.Range.From))
	}
	key := src.End
	if key == nil {
		key = dst.End
	}
	for _, c := range l[key] {
		if is(c.Src, src) && is(c.Dst, dst) && c.Protocol == protocol && c.From <= port && port <= c.To {
			return c.Verdict
		}
	}
	return Denied
}
