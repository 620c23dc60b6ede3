package exposure

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// service is a Service of the snapshot and the workloads that it selects.
type service struct {
	object   *snapshot.Object
	spec     *corev1.Service
	selected []*workload.Workload
}

// destination is one end of a backend: where it is, and what shows that it is one.
type destination struct {
	Target
	conditions []string
	evidence   []model.Evidence
}

// backend is what a Service, on one of its ports, forwards to. Without targets,
// reason and evidence say why there are none.
type backend struct {
	service  *service
	targets  []destination
	reason   string
	evidence []model.Evidence
}

// portText renders a port.
func portText(port int32) string { return strconv.Itoa(int(port)) }

// targets resolves one port of a Service. at is the path of the port in the Service.
func (b *builder) targets(s *service, port *corev1.ServicePort, at model.Path) backend {
	found := backend{service: s}
	if s.spec.Spec.Type == corev1.ServiceTypeExternalName {
		found.reason = "the Service is a name in DNS only (ExternalName)"
		found.evidence = []model.Evidence{s.object.Evidence("spec.externalName", s.spec.Spec.ExternalName)}
		return found
	}
	named := s.object.Evidence(at+".targetPort", port.TargetPort.String())
	for _, w := range s.selected {
		if d, ok := resolve(w, port); ok {
			d.evidence = append(b.selection(s, w), append([]model.Evidence{named}, d.evidence...)...)
			found.targets = append(found.targets, d)
		}
	}
	found.targets = append(found.targets, b.manual(s, port)...)
	if len(found.targets) > 0 {
		return found
	}
	switch {
	case len(s.selected) > 0:
		found.reason = fmt.Sprintf("no container of %s has the port %s/%s", s.selected[0].Object.ID, port.TargetPort.String(), port.Protocol)
		found.evidence = []model.Evidence{named}
	case len(s.spec.Spec.Selector) == 0:
		found.reason = "the Service selects no pods, and no endpoints of it were read"
		found.evidence = []model.Evidence{s.object.Evidence("spec.selector", "")}
	case workload.Complete(b.v, s.object.Namespace):
		found.reason = "the Service selects no pods"
		found.evidence = []model.Evidence{s.object.Evidence("spec.selector", labelText(s.spec.Spec.Selector))}
	default:
		found.reason = "the Service selects no pods of those that were read"
		found.evidence = []model.Evidence{s.object.Evidence("spec.selector", labelText(s.spec.Spec.Selector))}
	}
	return found
}

// selection is the evidence that a Service selects a workload.
func (b *builder) selection(s *service, w *workload.Workload) []model.Evidence {
	if len(s.spec.Spec.Selector) == 0 {
		return nil
	}
	return []model.Evidence{
		s.object.Evidence("spec.selector", labelText(s.spec.Spec.Selector)),
		w.Object.Evidence(w.MetaPath+".labels", labelText(w.Meta.Labels)),
	}
}

// labelText renders labels in their order.
func labelText(set map[string]string) string {
	parts := make([]string, 0, len(set))
	for key, value := range set {
		parts = append(parts, key+"="+value)
	}
	slices.Sort(parts)
	return strings.Join(parts, ",")
}

// resolve finds the port of a workload's pods that a Service port means. A name is
// that of a container port of the same protocol; a number needs none.
func resolve(w *workload.Workload, port *corev1.ServicePort) (destination, bool) {
	d := destination{Target: Target{Workload: w, Protocol: port.Protocol, Port: port.TargetPort.IntVal}, conditions: idle(w)}
	for i := range w.Containers {
		c := &w.Containers[i]
		if c.Type == workload.Init || c.Type == workload.Ephemeral {
			continue
		}
		for j := range c.Ports {
			p := &c.Ports[j]
			if p.Protocol != port.Protocol || !means(&port.TargetPort, p) {
				continue
			}
			at := (c.Path + ".ports").Index(j)
			d.Port, d.Name = p.ContainerPort, p.Name
			d.evidence = []model.Evidence{c.Object.Evidence(at+".containerPort", portText(p.ContainerPort))}
			if port.TargetPort.Type == intstr.String {
				d.evidence[0] = c.Object.Evidence(at+".name", p.Name)
			}
			return d, true
		}
	}
	return d, port.TargetPort.Type == intstr.Int
}

func means(target *intstr.IntOrString, p *corev1.ContainerPort) bool {
	if target.Type == intstr.String {
		return p.Name == target.StrVal
	}
	return p.ContainerPort == target.IntVal
}

// idle notes that a workload runs no pods at the moment.
func idle(w *workload.Workload) []string {
	if w.Replicas == 0 {
		return []string{"the workload is scaled up again: it asks for no pods"}
	}
	return nil
}

// endpoint is an address that somebody wrote down as an end of a Service.
type endpoint struct {
	object   *snapshot.Object
	address  netip.Addr
	at       model.Path // of the address
	protocol corev1.Protocol
	name     string // of the port, which is that of the Service's port
	port     int32
}

// The controllers that write endpoints of the pods that a Service selects, and copies
// of Endpoints (k8s.io/endpointslice, k8s.io/kubernetes/pkg/controller/endpointslicemirroring).
const (
	managedByLabel  = "endpointslice.kubernetes.io/managed-by"
	sliceController = "endpointslice-controller.k8s.io"
)

// collectEndpoints reads the endpoints that no controller made of a selector, by
// Service. EndpointSlices that somebody wrote for a Service with a selector count as
// well: kube-proxy takes all that carry its name.
func (b *builder) collectEndpoints() {
	for object, slice := range each(b, endpointSlices) {
		name := slice.Labels[discoveryv1.LabelServiceName]
		if name == "" || slice.Labels[managedByLabel] == sliceController {
			continue
		}
		key := serviceName{slice.Namespace, name}
		for i := range slice.Endpoints {
			for j, text := range slice.Endpoints[i].Addresses {
				at := (model.Path("endpoints").Index(i) + ".addresses").Index(j)
				b.endpoints[key] = append(b.endpoints[key], sliceEnds(object, slice, text, at)...)
			}
		}
	}
	for object, ends := range each(b, endpointsKind) {
		key := serviceName{ends.Namespace, ends.Name}
		if b.selects(key) {
			continue // the endpoints controller writes these
		}
		for i := range ends.Subsets {
			subset := &ends.Subsets[i]
			for j := range subset.Addresses {
				at := (model.Path("subsets").Index(i) + ".addresses").Index(j) + ".ip"
				b.endpoints[key] = append(b.endpoints[key], subsetEnds(object, subset, subset.Addresses[j].IP, at)...)
			}
		}
	}
}

func sliceEnds(object *snapshot.Object, slice *discoveryv1.EndpointSlice, text string, at model.Path) []endpoint {
	address, err := netip.ParseAddr(text)
	if err != nil {
		return nil // a name, of which nodes make nothing
	}
	var ends []endpoint
	for i := range slice.Ports {
		p := &slice.Ports[i]
		e := endpoint{object: object, address: address, at: at, protocol: corev1.ProtocolTCP}
		if p.Protocol != nil {
			e.protocol = *p.Protocol
		}
		if p.Name != nil {
			e.name = *p.Name
		}
		if p.Port != nil {
			e.port = *p.Port
		}
		ends = append(ends, e)
	}
	return ends
}

func subsetEnds(object *snapshot.Object, subset *corev1.EndpointSubset, text string, at model.Path) []endpoint {
	address, err := netip.ParseAddr(text)
	if err != nil {
		return nil
	}
	var ends []endpoint
	for i := range subset.Ports {
		p := &subset.Ports[i]
		e := endpoint{object: object, address: address, at: at, protocol: p.Protocol, name: p.Name, port: p.Port}
		if e.protocol == "" {
			e.protocol = corev1.ProtocolTCP
		}
		ends = append(ends, e)
	}
	return ends
}

// manual are the ends of a Service port that somebody wrote down: pods where running
// ones have the address, else the address.
func (b *builder) manual(s *service, port *corev1.ServicePort) []destination {
	var found []destination
	for _, e := range b.endpoints[serviceName{s.object.Namespace, s.object.Name}] {
		if e.protocol != port.Protocol || e.name != port.Name {
			continue
		}
		shown := []model.Evidence{e.object.Evidence(e.at, e.address.String())}
		target := Target{Address: e.address, Protocol: e.protocol, Port: e.port, Name: e.name}
		pods := b.podsAt(e.address)
		if len(pods) == 0 {
			found = append(found, destination{Target: target, evidence: shown})
		}
		for _, w := range pods {
			target.Workload = w
			found = append(found, destination{Target: target, conditions: idle(w), evidence: shown})
		}
	}
	return found
}

// backends resolves the ports of a Service that a proxy forwards to, of each object of
// that name. What leads nowhere is a backend without targets.
func (b *builder) backends(key serviceName, wanted func(*corev1.ServicePort) bool) []backend {
	return b.backendsWithin(key, wanted, 4)
}

// backendsWithin follows names that are those of other Services: a proxy looks an
// ExternalName up like any other. The bound stops names in a circle.
func (b *builder) backendsWithin(key serviceName, wanted func(*corev1.ServicePort) bool, hops int) []backend {
	var found []backend
	for _, s := range b.services[key] {
		if s.spec.Spec.Type == corev1.ServiceTypeExternalName {
			found = append(found, b.alias(s, wanted, hops)...)
			continue
		}
		before := len(found)
		for i := range s.spec.Spec.Ports {
			if port := &s.spec.Spec.Ports[i]; wanted(port) {
				found = append(found, b.targets(s, port, model.Path("spec.ports").Index(i)))
			}
		}
		if len(found) == before {
			found = append(found, backend{service: s, reason: fmt.Sprintf("%s has no such port", s.object.ID), evidence: []model.Evidence{s.object.Evidence("spec.ports", "")}})
		}
	}
	switch {
	case len(found) > 0:
		return found
	case b.knows(kinds.Services.Group, kinds.Services.Kind, key.namespace):
		return []backend{{reason: fmt.Sprintf("Service %s/%s does not exist", key.namespace, key.name)}}
	default:
		return []backend{{reason: fmt.Sprintf("Service %s/%s was not read", key.namespace, key.name)}}
	}
}

// alias is what a proxy finds behind a Service that is a name: pods where it is the
// name of another Service of the cluster.
func (b *builder) alias(s *service, wanted func(*corev1.ServicePort) bool, hops int) []backend {
	to, ok := serviceOfHost(s.spec.Spec.ExternalName, "")
	if !ok || hops == 0 {
		return []backend{b.targets(s, &corev1.ServicePort{}, "spec.ports")}
	}
	found := b.backendsWithin(to, wanted, hops-1)
	shown := s.object.Evidence("spec.externalName", s.spec.Spec.ExternalName)
	for i := range found {
		for j := range found[i].targets {
			found[i].targets[j].evidence = append([]model.Evidence{shown}, found[i].targets[j].evidence...)
		}
		found[i].evidence = append([]model.Evidence{shown}, found[i].evidence...)
	}
	return found
}

// serviceOfHost reads the name in DNS of a Service: "web.shop.svc", with or without the
// domain of the cluster, or with a namespace to look in also "web".
func serviceOfHost(host, namespace string) (serviceName, bool) {
	parts := strings.Split(strings.TrimSuffix(host, "."), ".")
	switch {
	case len(parts) >= 3 && parts[2] == "svc":
		return serviceName{parts[1], parts[0]}, true
	case len(parts) == 1 && namespace != "":
		return serviceName{namespace, parts[0]}, true
	default:
		return serviceName{}, false
	}
}

// internalPolicy is the internal traffic policy of a Service.
func (s *service) internalPolicy() corev1.ServiceInternalTrafficPolicy {
	if s.spec.Spec.InternalTrafficPolicy == nil {
		return ""
	}
	return *s.spec.Spec.InternalTrafficPolicy
}
