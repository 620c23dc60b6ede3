package generate

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// istiodPort is where proxies of Istio get their configuration and certificates, and
// istiodWebhook where the API server asks for injection
// (manifests/charts/istio-control/istio-discovery/templates).
const (
	istiodPort    = 15012
	istiodWebhook = 15017
)

// component is a part of the control plane of Linkerd that proxies connect to
// (charts/linkerd-control-plane/templates: identity.yaml, destination.yaml).
type component struct {
	services []string
	label    string // linkerd.io/control-plane-component of its pods
	port     uint16
}

func linkerdComponents() []component {
	return []component{
		{[]string{"linkerd-identity-headless", "linkerd-identity"}, "identity", 8080},
		{[]string{"linkerd-dst-headless", "linkerd-dst"}, "destination", 8086},
		{[]string{"linkerd-policy"}, "destination", 8090},
	}
}

const componentLabel = "linkerd.io/control-plane-component"

// control is the control planes that are known, and who needs them.
type control struct{ istio, linkerd []target }

// needsIstiod reports whether pods connect to istiod: proxies in pods, gateways,
// waypoints and ztunnel. Pods of ambient mode have ztunnel do it.
func (c *Collector) needsIstiod(u *unit) bool {
	switch c.plane(u) {
	case mesh.Sidecarred, mesh.Gateway:
		return true
	default:
		return !u.host && u.labels["app"] == "ztunnel" && u.object.Namespace == c.mesh.RootNamespace()
	}
}

func (c *Collector) needsLinkerd(u *unit) bool { return c.plane(u) == mesh.Linkerd }

// findControl finds the control planes among what was supplied.
func (c *Collector) findControl() {
	c.control = control{}
	for _, u := range c.survey.units {
		if u.object.Namespace == c.mesh.RootNamespace() && u.labels["app"] == "istiod" {
			c.control.istio = append(c.control.istio, target{unit: u, port: istiodPort})
		}
	}
	for _, part := range linkerdComponents() {
		c.control.linkerd = append(c.control.linkerd, c.linkerdTargets(&part)...)
	}
}

// linkerdTargets are who listens behind the Services of a component, else its pods.
func (c *Collector) linkerdTargets(part *component) []target {
	namespace := c.mesh.LinkerdNamespace()
	for _, of := range part.services {
		if s := c.index.services[name{namespace, of}]; s != nil {
			if found, _ := c.index.targets(s, netpol.TCP, part.port); len(found) > 0 {
				return found
			}
		}
	}
	var found []target
	for _, u := range c.survey.units {
		if u.object.Namespace == namespace && u.labels[componentLabel] == part.label {
			found = append(found, target{unit: u, port: part.port})
		}
	}
	return found
}

// isControl reports whether proxies connect to a port by themselves, past the mesh.
func (c *Collector) isControl(u *unit, port uint16) bool {
	is := func(t target) bool { return t.unit == u && t.port == port }
	return slices.ContainsFunc(c.control.istio, is) || slices.ContainsFunc(c.control.linkerd, is)
}

// impliedControl are the control planes that workloads need and that were not supplied,
// with the labels that their installers give.
func (c *Collector) impliedControl() []*snapshot.Object {
	var implied []*snapshot.Object
	if len(c.control.istio) == 0 && slices.ContainsFunc(c.survey.units, c.needsIstiod) {
		namespace := c.mesh.RootNamespace()
		implied = append(implied, impliedPod(c.view, namespace, "istiod", map[string]string{"app": "istiod"}))
		c.note("istiod was not supplied: it is taken to be the pods app=istiod in %s, port %d", namespace, istiodPort)
	}
	if len(c.control.linkerd) == 0 && slices.ContainsFunc(c.survey.units, c.needsLinkerd) {
		namespace := c.mesh.LinkerdNamespace()
		for _, part := range []string{"identity", "destination"} {
			implied = append(implied, impliedPod(c.view, namespace, "linkerd-"+part, map[string]string{componentLabel: part}))
		}
		c.note("the control plane of Linkerd was not supplied: it is taken to be the pods %s=identity, port 8080, and =destination, ports 8086 and 8090, in %s", componentLabel, namespace)
	}
	return implied
}

func impliedPod(v *snapshot.View, namespace, of string, labels map[string]string) *snapshot.Object {
	pod := &corev1.Pod{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: of, Labels: labels},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: of, Image: of}}},
	}
	return &snapshot.Object{Ref: refOf(v, "", "Pod", namespace, of), Implied: true, Body: pod}
}

// keepMesh lets the proxies of the namespaces connect to their control plane, and the
// API server to the webhooks of a control plane that is governed.
func (c *Collector) keepMesh(governed []string) {
	for _, t := range c.control.istio {
		c.keepControl(governed, t, c.needsIstiod)
		if t.unit != nil && !t.unit.host && slices.Contains(governed, t.unit.object.Namespace) {
			c.wanted.add(link{src: party{anyone: true}, dst: party{unit: t.unit}, port: istiodWebhook}, Mesh, "", Place{})
		}
	}
	for _, t := range c.control.linkerd {
		c.keepControl(governed, t, c.needsLinkerd)
	}
	if namespace := c.mesh.LinkerdNamespace(); slices.Contains(governed, namespace) {
		for _, of := range []string{"linkerd-proxy-injector", "linkerd-sp-validator", "linkerd-policy-validator"} {
			if s := c.index.services[name{namespace, of}]; s != nil {
				found, why := c.index.targets(s, netpol.TCP, 443)
				c.letInAs(Mesh, s.object, []party{{anyone: true}}, netpol.TCP, found, why, "webhook")
			}
		}
	}
}

// keepControl lets those who need it connect to a part of a control plane: every pod of
// a namespace where all workloads need it, since those of tomorrow will too.
func (c *Collector) keepControl(governed []string, t target, needs func(*unit) bool) {
	to := []party{{block: single(t.address)}}
	if t.unit != nil {
		to = c.placed(party{unit: t.unit})
	}
	var sources []party
	for _, namespace := range governed {
		sources = append(sources, c.proxiesOf(namespace, needs)...)
	}
	if len(to) == 0 && len(sources) > 0 {
		c.gaps = append(c.gaps, model.Gap{Scope: t.unit.object.Scope(), Reason: t.unit.String() + ", which proxies of the mesh connect to, is in the network of its nodes, whose addresses are not known"})
	}
	for _, dst := range to {
		for _, src := range sources {
			if src.unit == nil || src.unit != dst.unit {
				c.wanted.add(link{src: src, dst: dst, port: t.port}, Mesh, "", Place{})
			}
		}
		if dst.unit != nil && slices.Contains(governed, dst.unit.object.Namespace) {
			c.wanted.add(link{src: party{podsOf: anyPods}, dst: dst, port: t.port}, Mesh, "", Place{})
		}
	}
}

func (c *Collector) proxiesOf(namespace string, needs func(*unit) bool) []party {
	var found []party
	all := true
	for _, u := range c.survey.units {
		switch {
		case u.object.Namespace != namespace || u.host:
		case needs(u):
			found = append(found, party{unit: u})
		default:
			all = false
		}
	}
	if len(found) > 0 && all {
		return []party{{podsOf: namespace}}
	}
	return found
}

// kubeletAddresses are those that istio-cni gives the connections of the kubelet to
// pods of ambient mode (istio.io, "Ambient and Kubernetes NetworkPolicy"; istio
// cni/pkg/config, HostProbeSNATIP): policies see them, and not the node.
func kubeletAddresses() []netip.Addr {
	return []netip.Addr{netip.AddrFrom4([4]byte{169, 254, 7, 127}), netip.MustParseAddr("fd16:9254:7127:1337:ffff:ffff:ffff:ffff")}
}

// keepProbes lets the kubelet probe pods of ambient mode. Of others a pod's own node
// always reaches it.
func (c *Collector) keepProbes(governed []string) {
	addresses := c.familiesOf(kubeletAddresses())
	for _, u := range c.survey.units {
		if c.plane(u) != mesh.Ambient || !slices.Contains(governed, u.object.Namespace) {
			continue
		}
		for _, port := range c.probePorts(u) {
			for _, address := range addresses {
				c.wanted.add(link{src: party{block: single(address)}, dst: party{unit: u}, port: port}, KubeletProbe, "", Place{})
			}
		}
	}
}

// familiesOf leaves out the addresses of a family that no address of the cluster is of.
func (c *Collector) familiesOf(addresses []netip.Addr) []netip.Addr {
	var four, six bool
	note := func(a netip.Addr) { four, six = four || a.Is4(), six || a.Is6() }
	for a := range c.index.addresses {
		note(a)
	}
	for a := range c.index.clusterIP {
		note(a)
	}
	if four == six {
		return addresses
	}
	return slices.DeleteFunc(addresses, func(a netip.Addr) bool { return a.Is4() != four })
}
