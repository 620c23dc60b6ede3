package netpol_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// cluster is a random running cluster, small enough for everything to meet.
type cluster struct {
	*rand.Rand
	namespaces map[string]*corev1.Namespace
	pods       []*corev1.Pod
	policies   []*networkingv1.NetworkPolicy
	hosts      []party // the node and the pod in its network
	objects    []*snapshot.Object
	// files: Holdfast reads files, which do not say where the nodes are.
	files bool
	// noAbsentNotIn: no selector has a NotIn about a label that not all have.
	noAbsentNotIn bool
	// noIdleRules: no NetworkPolicy has rules in a direction that its policyTypes leave out.
	noIdleRules bool
}

// party is one side of a connection: a pod, or with pod nil an address.
type party struct {
	pod     *corev1.Pod
	address netip.Addr
}

func (p party) String() string {
	if p.pod == nil {
		return p.address.String()
	}
	return p.pod.Namespace + "/" + p.pod.Name
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

func newCluster(seed, stream uint64) *cluster {
	c := &cluster{Rand: rand.New(rand.NewPCG(seed, stream)), namespaces: map[string]*corev1.Namespace{}}
	for i := range 2 + c.IntN(2) {
		name := fmt.Sprint("ns", i)
		labels := map[string]string{"team": pick(c.Rand, "red", "blue"), corev1.LabelMetadataName: name}
		c.namespaces[name] = &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}}
		c.put("", "Namespace", "", name, c.namespaces[name])
		for range 1 + c.IntN(3) {
			c.addPod(name)
		}
	}
	return c
}

func (c *cluster) addPod(namespace string) {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("pod", len(c.pods)), Namespace: namespace, Labels: map[string]string{}}}
	for _, l := range podLabels() {
		if l.always || c.IntN(4) > 0 {
			p.Labels[l.key] = pick(c.Rand, l.values...)
		}
	}
	p.Spec.ServiceAccountName = pick(c.Rand, "default", "robot")
	p.Spec.Containers = []corev1.Container{{Name: "c", Ports: []corev1.ContainerPort{
		{Name: "http", ContainerPort: pick[int32](c.Rand, 80, 8080), Protocol: corev1.ProtocolTCP},
	}}}
	if c.IntN(2) == 0 {
		port := corev1.ContainerPort{Name: "dns", ContainerPort: 53, Protocol: pick(c.Rand, corev1.ProtocolUDP, corev1.ProtocolTCP)}
		p.Spec.Containers[0].Ports = append(p.Spec.Containers[0].Ports, port)
	}
	address := fmt.Sprint("10.0.", len(c.pods)%2, ".", len(c.pods))
	if c.IntN(3) == 0 {
		address = fmt.Sprint("fd00::", len(c.pods))
	}
	p.Status = corev1.PodStatus{Phase: corev1.PodRunning, PodIP: address, PodIPs: []corev1.PodIP{{IP: address}}}
	c.pods = append(c.pods, p)
	c.put("", "Pod", namespace, p.Name, p)
}

// addNode adds a node and a pod in its network.
func (c *cluster) addNode() {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "node"}}
	node.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: nodeAddress}}
	c.put("", "Node", "", "node", node)
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "agent", Namespace: "ns0", Labels: map[string]string{"app": "web"}}}
	p.Spec.HostNetwork, p.Spec.NodeName, p.Spec.ServiceAccountName = true, "node", "default"
	p.Spec.Containers = []corev1.Container{{Name: "c"}}
	p.Status = corev1.PodStatus{Phase: corev1.PodRunning, PodIP: nodeAddress, PodIPs: []corev1.PodIP{{IP: nodeAddress}}}
	c.hosts = []party{{pod: p, address: netip.MustParseAddr(nodeAddress)}, {address: netip.MustParseAddr(nodeAddress)}}
	c.put("", "Pod", "ns0", p.Name, p)
}

const nodeAddress = "10.0.1.250"

// onNode reports whether a party is a node, or a pod that is seen as its node.
func (p party) onNode() bool { return p.address.String() == nodeAddress }

// label is a label that objects of a kind can have.
type label struct {
	key    string
	always bool // all have it
	values []string
}

func podLabels() []label {
	return []label{{"app", true, []string{"web", "db", "cache"}}, {"env", false, []string{"dev", "prod"}}, {"app.kubernetes.io/name", false, []string{"web", "x"}}}
}

func namespaceLabels() []label {
	return []label{{"team", true, []string{"red", "blue"}}, {corev1.LabelMetadataName, true, []string{"ns0", "ns1", "ns2"}}}
}

func (c *cluster) put(group, kind, namespace, name string, body any) {
	id := model.ID{Group: group, Kind: kind, Namespace: namespace, Name: name}
	c.objects = append(c.objects, &snapshot.Object{Ref: model.Ref{ID: id}, Body: body})
}

// putJSON adds an object as the API server would send it.
func (c *cluster) putJSON(group, kind, namespace, name string, value any) []byte {
	raw, err := json.Marshal(value)
	if err != nil {
		panic(err) // a mistake in the generator
	}
	c.put(group, kind, namespace, name, snapshot.JSON(raw))
	return raw
}

// model is what Holdfast makes of the cluster. Of a running one everything was listed.
func (c *cluster) model(t testing.TB, profile string) *netpol.Network {
	t.Helper()
	p, err := netpol.ProfileByName(profile)
	if err != nil {
		t.Fatal(err)
	}
	var changes []snapshot.Change
	for _, gk := range netpol.Kinds() {
		if !c.files {
			changes = append(changes, snapshot.Change{Listed: &model.Scope{Group: gk.Group, Kind: gk.Kind}})
		}
	}
	for _, o := range c.objects {
		if !c.files || o.Kind != "Node" {
			changes = append(changes, snapshot.Change{Put: o})
		}
	}
	return netpol.Model(snapshot.New(snapshot.Settings{Live: !c.files}, changes...).View(), p)
}

// parties lists all that a connection can begin or end at.
func (c *cluster) parties() []party {
	var all []party
	for _, p := range c.pods {
		all = append(all, party{pod: p, address: netip.MustParseAddr(p.Status.PodIP)})
	}
	for _, text := range outside() {
		all = append(all, party{address: netip.MustParseAddr(text)})
	}
	return append(all, c.hosts...)
}

// outside lists addresses of nobody in the cluster.
func outside() []string {
	return []string{"192.0.2.1", "192.0.2.200", "10.9.9.9", "10.0.0.200", "8.8.8.8", "2001:db8::1", "2001:db8:1::1", "fd00::ffff"}
}

func (c *cluster) cidr() string {
	return pick(c.Rand, "0.0.0.0/0", "10.0.0.0/24", "10.0.0.0/8", "192.0.2.0/24", "192.0.2.1/32", "::/0", "2001:db8::/32", "fd00::/112", "fd00::/8", "8.0.0.0/7")
}

func (c *cluster) peer(t testing.TB, n *netpol.Network, p party) netpol.Peer {
	t.Helper()
	if p.pod == nil {
		return netpol.Outside(p.address)
	}
	found := n.Find(p.pod.Namespace, "Pod", p.pod.Name)
	if len(found) != 1 {
		t.Fatalf("%s is %d ends", p, len(found))
	}
	return netpol.Of(found[0])
}

// dump logs the objects, for whoever looks at a disagreement.
func (c *cluster) dump(t testing.TB) {
	t.Helper()
	for _, o := range c.objects {
		raw, ok := o.Body.(snapshot.JSON)
		if p, isPod := o.Body.(*corev1.Pod); isPod {
			raw, ok = fmt.Appendf(nil, "%s labels %v account %s ports %v", p.Status.PodIP, p.Labels, p.Spec.ServiceAccountName, p.Spec.Containers[0].Ports), true
		}
		if ns, isNamespace := o.Body.(*corev1.Namespace); isNamespace {
			raw, ok = fmt.Appendf(nil, "labels %v", ns.Labels), true
		}
		if ok {
			t.Logf("%s %s", o.ID, raw)
		}
	}
}

func (c *cluster) selector(labels []label) *metav1.LabelSelector {
	s := &metav1.LabelSelector{}
	for _, l := range labels {
		if c.IntN(2*len(labels)) > 1 {
			continue
		}
		switch c.IntN(7) {
		case 0:
			s.MatchExpressions = append(s.MatchExpressions, metav1.LabelSelectorRequirement{Key: l.key, Operator: pick(c.Rand, metav1.LabelSelectorOpExists, metav1.LabelSelectorOpDoesNotExist)})
		case 1, 2:
			operator := pick(c.Rand, metav1.LabelSelectorOpIn, metav1.LabelSelectorOpNotIn)
			if c.noAbsentNotIn && !l.always {
				operator = metav1.LabelSelectorOpIn
			}
			s.MatchExpressions = append(s.MatchExpressions, metav1.LabelSelectorRequirement{Key: l.key, Operator: operator, Values: l.values[:1+c.IntN(len(l.values))]})
		default:
			if s.MatchLabels == nil {
				s.MatchLabels = map[string]string{}
			}
			s.MatchLabels[l.key] = pick(c.Rand, l.values...)
		}
	}
	return s
}

func (c *cluster) podSelector() *metav1.LabelSelector { return c.selector(podLabels()) }

func (c *cluster) namespaceSelector() *metav1.LabelSelector { return c.selector(namespaceLabels()) }

// addPolicies adds up to n NetworkPolicies. With blocks some of their peers are
// address blocks.
func (c *cluster) addPolicies(n int, blocks bool) {
	for i := range c.IntN(n + 1) {
		np := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("np", i), Namespace: fmt.Sprint("ns", c.IntN(3))}}
		np.Spec.PodSelector = *c.podSelector()
		for range c.IntN(3) {
			np.Spec.Ingress = append(np.Spec.Ingress, networkingv1.NetworkPolicyIngressRule{From: c.peers(blocks), Ports: c.ports()})
		}
		for range c.IntN(3) {
			np.Spec.Egress = append(np.Spec.Egress, networkingv1.NetworkPolicyEgressRule{To: c.peers(blocks), Ports: c.ports()})
		}
		np.Spec.PolicyTypes = pick(c.Rand, []networkingv1.PolicyType{"Ingress"}, []networkingv1.PolicyType{"Egress"}, []networkingv1.PolicyType{"Ingress", "Egress"})
		if c.noIdleRules && np.Spec.PolicyTypes[0] == "Egress" {
			np.Spec.Ingress = nil
		}
		if c.noIdleRules && len(np.Spec.PolicyTypes) == 1 && np.Spec.PolicyTypes[0] == "Ingress" {
			np.Spec.Egress = nil
		}
		c.policies = append(c.policies, np)
		c.putJSON("networking.k8s.io", "NetworkPolicy", np.Namespace, np.Name, np)
	}
}

func (c *cluster) peers(blocks bool) []networkingv1.NetworkPolicyPeer {
	var peers []networkingv1.NetworkPolicyPeer
	for range c.IntN(3) {
		var p networkingv1.NetworkPolicyPeer
		switch c.IntN(4) {
		case 0:
			p.PodSelector = c.podSelector()
		case 1:
			p.NamespaceSelector = c.namespaceSelector()
		case 2:
			p.NamespaceSelector, p.PodSelector = c.namespaceSelector(), c.podSelector()
		default:
			if !blocks {
				continue
			}
			p.IPBlock = &networkingv1.IPBlock{CIDR: pick(c.Rand, "10.0.0.0/8", "192.0.2.0/24"), Except: pick(c.Rand, nil, []string{"10.0.1.0/24"})}
			if p.IPBlock.CIDR == "192.0.2.0/24" {
				p.IPBlock.Except = pick(c.Rand, nil, []string{"192.0.2.128/25"})
			}
			if c.IntN(3) == 0 {
				p.IPBlock = &networkingv1.IPBlock{CIDR: c.cidr()}
			}
		}
		peers = append(peers, p)
	}
	return peers
}

func (c *cluster) ports() []networkingv1.NetworkPolicyPort {
	var ports []networkingv1.NetworkPolicyPort
	for range c.IntN(3) {
		protocol := pick(c.Rand, corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP)
		p := networkingv1.NetworkPolicyPort{Protocol: &protocol}
		switch c.IntN(4) {
		case 0:
			p.Port = new(intstr.FromInt32(pick[int32](c.Rand, 53, 80, 8080)))
		case 1:
			p.Port, p.EndPort = new(intstr.FromInt32(53)), pick(c.Rand, new(int32(53)), new(int32(80)))
		case 2:
			p.Port = new(intstr.FromString(pick(c.Rand, "http", "dns")))
		}
		ports = append(ports, p)
	}
	return ports
}

// tally counts the verdicts of a test.
type tally struct{ allowed, denied, open int }

// check requires that both verdicts are frequent, and that what is not compared is not.
func (c *tally) check(t *testing.T, openPercent int) {
	t.Helper()
	total := c.allowed + c.denied + c.open
	t.Logf("%d connections: %d allowed, %d denied, %d not compared", total, c.allowed, c.denied, c.open)
	if c.allowed*10 < total || c.denied*10 < total {
		t.Error("one verdict is too rare: the test proves little")
	}
	if c.open*100 > openPercent*total {
		t.Errorf("more than %d %% are not compared", openPercent)
	}
}

// connection is a question.
type connection struct {
	src, dst party
	protocol netpol.Protocol
	port     uint16
}

func (c connection) String() string {
	return fmt.Sprintf("%s to %s %s/%d", c.src, c.dst, c.protocol, c.port)
}

// ask picks a connection of which one side is a pod, and that is none of a pod to itself.
func (c *cluster) ask() connection {
	all := c.parties()
	for {
		q := connection{
			pick(c.Rand, all...), pick(c.Rand, all...), pick(c.Rand, netpol.TCP, netpol.TCP, netpol.UDP, netpol.SCTP),
			pick[uint16](c.Rand, 1, 52, 53, 54, 79, 80, 81, 8080, 9000, 65535),
		}
		if q.src.pod != q.dst.pod && !(q.src.onNode() && q.dst.onNode()) {
			return q
		}
	}
}
