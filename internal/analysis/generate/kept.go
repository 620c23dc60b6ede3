package generate

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

const dnsPort = 53

// impliedDNS is the DNS of a cluster of which nothing was supplied: the labels and
// ports that kubeadm and most distributions give it.
func impliedDNS(v *snapshot.View) *snapshot.Object {
	return impliedPod(v, metav1.NamespaceSystem, "cluster-dns", map[string]string{"k8s-app": "kube-dns"})
}

func refOf(v *snapshot.View, group, kind, namespace, of string) model.Ref {
	return model.Ref{ID: model.ID{Cluster: v.Settings().Cluster, Group: group, Kind: kind, Namespace: namespace, Name: of}, Version: "v1"}
}

// dnsServices are the Services of the cluster's DNS, by distribution: kubeadm and those
// that follow it, OpenShift, RKE2.
func dnsServices() []name {
	return []name{
		{metav1.NamespaceSystem, "kube-dns"}, {"openshift-dns", "dns-default"},
		{metav1.NamespaceSystem, "coredns"}, {metav1.NamespaceSystem, "rke2-coredns-rke2-coredns"},
	}
}

// dnsTarget is where names are looked up by one protocol.
type dnsTarget struct {
	target
	protocol netpol.Protocol
}

// dnsTargets are where names are looked up. None where nothing was supplied that
// could be the cluster's DNS.
func (x *index) dnsTargets() []dnsTarget {
	var found []dnsTarget
	protocols := []netpol.Protocol{netpol.UDP, netpol.TCP}
	for _, key := range dnsServices() {
		s := x.services[key]
		if s == nil {
			continue
		}
		for _, protocol := range protocols {
			targets, _ := x.targets(s, protocol, dnsPort)
			for _, t := range targets {
				found = append(found, dnsTarget{t, protocol})
			}
		}
		if len(found) > 0 {
			break
		}
	}
	if len(found) == 0 {
		for _, u := range x.survey.units {
			for _, protocol := range protocols {
				if u.object.Namespace == metav1.NamespaceSystem && u.labels["k8s-app"] == "kube-dns" {
					found = append(found, dnsTarget{target{unit: u, port: dnsPort}, protocol})
				}
			}
		}
	}
	for _, address := range x.localDNS() {
		for _, protocol := range protocols {
			found = append(found, dnsTarget{target{address: address, port: dnsPort}, protocol})
		}
	}
	return found
}

// localDNS are the addresses on which NodeLocal DNSCache listens on each node, by its
// arguments
// (https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/).
func (x *index) localDNS() []netip.Addr {
	var found []netip.Addr
	for _, u := range x.survey.units {
		if u.object.Namespace != metav1.NamespaceSystem || u.object.Name != "node-local-dns" {
			continue
		}
		w := workload.Of(x.view, u.object)
		if w == nil {
			continue
		}
		for _, c := range w.Containers {
			at := slices.Index(c.Args, "-localip")
			if at < 0 || at+1 == len(c.Args) {
				continue
			}
			for text := range strings.SplitSeq(c.Args[at+1], ",") {
				if address, ok := addressOf(strings.TrimSpace(text)); ok {
					found = append(found, address)
				}
			}
		}
	}
	return found
}

// keepDNS lets every pod of the namespaces look names up.
func (c *Collector) keepDNS(governed []string) {
	for _, t := range c.index.dnsTargets() {
		to := []party{{block: single(t.address)}}
		if t.unit != nil {
			to = c.placed(party{unit: t.unit})
		}
		if len(to) == 0 {
			c.gaps = append(c.gaps, model.Gap{Scope: t.unit.object.Scope(), Reason: t.unit.String() + ", the DNS, is in the network of its nodes, whose addresses are not known"})
		}
		for _, dst := range to {
			for _, namespace := range governed {
				c.wanted.add(link{src: party{podsOf: namespace}, dst: dst, protocol: t.protocol, port: t.port}, DNS, "", Place{})
			}
			if dst.unit != nil && slices.Contains(governed, dst.unit.object.Namespace) {
				c.wanted.add(link{src: party{podsOf: anyPods}, dst: dst, protocol: t.protocol, port: t.port}, DNS, "", Place{})
			}
		}
	}
}

// keepAPIServer lets workloads that hold a token of their account use it.
func (c *Collector) keepAPIServer(governed []string) {
	servers := slices.Clone(c.options.APIServer)
	if c.options.FromEndpoints {
		servers = append(servers, c.endpointsOfAPIServer()...)
	}
	if len(servers) == 0 {
		return
	}
	for _, u := range c.survey.units {
		if u.host || !slices.Contains(governed, u.object.Namespace) {
			continue
		}
		switch mounted, known := c.mountsToken(u); {
		case !known:
			c.gaps = append(c.gaps, model.Gap{Scope: u.object.Scope(), Reason: "whether " + u.String() + " mounts a token of its account is not known: it may not connect to the API server"})
		case mounted:
			for _, server := range servers {
				c.wanted.add(link{src: party{unit: u}, dst: party{block: single(server.Addr().Unmap())}, port: server.Port()}, APIServer, "", Place{})
			}
		}
	}
}

func (c *Collector) mountsToken(u *unit) (mounted, known bool) {
	w := workload.Of(c.view, u.object)
	if w == nil {
		return false, false
	}
	for i := range w.Spec.Volumes {
		projected := w.Spec.Volumes[i].Projected
		if projected == nil {
			continue
		}
		if slices.ContainsFunc(projected.Sources, func(s corev1.VolumeProjection) bool { return s.ServiceAccountToken != nil }) {
			return true, true
		}
	}
	a, known := w.Automount(c.view)
	return a.Mounted, known
}

// endpointsOfAPIServer reads where the API server says that it listens.
func (c *Collector) endpointsOfAPIServer() []netip.AddrPort {
	var found []netip.AddrPort
	list := supplied(c.view, endpointSlices, metav1.NamespaceDefault)
	for _, slice := range list {
		if slice.Labels["kubernetes.io/service-name"] != "kubernetes" {
			continue
		}
		for _, p := range slice.Ports {
			for i := range slice.Endpoints {
				for _, text := range slice.Endpoints[i].Addresses {
					if address, ok := addressOf(text); ok && p.Port != nil {
						found = append(found, netip.AddrPortFrom(address, uint16(*p.Port)))
					}
				}
			}
		}
	}
	if len(found) == 0 {
		c.gaps = append(c.gaps, model.Gap{Scope: model.Scope{Group: "discovery.k8s.io", Kind: "EndpointSlice", Namespace: metav1.NamespaceDefault}, Reason: "where the API server listens is not known: no EndpointSlice of Service default/kubernetes was supplied"})
	}
	return found
}

// Probe is ports that kubelets connect to. A pod can always be reached by its own node,
// so no rule is needed
// (https://kubernetes.io/docs/concepts/services-networking/network-policies/, "Network
// traffic filtering").
type Probe struct {
	Workload string   `json:"workload"`
	Ports    []uint16 `json:"ports"`
}

func (c *Collector) probes(governed []string) []Probe {
	var found []Probe
	for _, u := range c.survey.units {
		if u.host || !slices.Contains(governed, u.object.Namespace) || c.plane(u) == mesh.Ambient {
			continue
		}
		if ports := c.probePorts(u); len(ports) > 0 {
			found = append(found, Probe{Workload: u.String(), Ports: ports})
		}
	}
	return found
}

// probePorts are the ports of a workload that kubelets connect to, sorted.
func (c *Collector) probePorts(u *unit) []uint16 {
	w := workload.Of(c.view, u.object)
	if w == nil {
		return nil
	}
	var ports []uint16
	for i := range w.Containers {
		own := w.Containers[i].Container
		for _, p := range []*corev1.Probe{own.LivenessProbe, own.ReadinessProbe, own.StartupProbe} {
			if p != nil {
				ports = appendPort(ports, own, p.ProbeHandler)
			}
		}
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}

func appendPort(ports []uint16, c *corev1.Container, h corev1.ProbeHandler) []uint16 {
	var text string
	switch {
	case h.HTTPGet != nil:
		text = h.HTTPGet.Port.String()
	case h.TCPSocket != nil:
		text = h.TCPSocket.Port.String()
	case h.GRPC != nil:
		text = fmt.Sprint(h.GRPC.Port)
	}
	for _, named := range c.Ports {
		if named.Name != "" && named.Name == text {
			text = fmt.Sprint(named.ContainerPort)
		}
	}
	if port, ok := portNumber(text); ok {
		ports = append(ports, port)
	}
	return ports
}

// otherPod is a pod that does not exist yet, and has none of the labels by which
// policies of workloads select, and all by which they leave out. It stands for all that
// will be created in a namespace.
func (p *plan) otherPod(namespace string) *snapshot.Object {
	labels := map[string]string{}
	for _, g := range p.c.survey.groups {
		for _, lacks := range g.selector.MatchExpressions {
			if g.namespace == namespace {
				labels[lacks.Key] = "other"
			}
		}
	}
	pod := &corev1.Pod{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: otherPodName, Labels: labels},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "any", Image: "any"}}},
	}
	return &snapshot.Object{Ref: refOf(p.c.view, "", "Pod", namespace, otherPodName), Implied: true, Body: pod}
}

// otherPodName is no name that the API server would take.
const otherPodName = "(any other pod)"

// namespaceChange makes a namespace that pods are put into, where it is not known.
func namespaceChange(v *snapshot.View, of string) []snapshot.Change {
	if _, _, presence := snapshot.Get(v, kinds.Namespaces, "", of); presence == snapshot.Present {
		return nil
	}
	namespace := &corev1.Namespace{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Namespace"},
		ObjectMeta: metav1.ObjectMeta{Name: of, Labels: map[string]string{corev1.LabelMetadataName: of}},
	}
	return []snapshot.Change{{Put: &snapshot.Object{Ref: refOf(v, "", "Namespace", "", of), Implied: true, Body: namespace}}}
}
