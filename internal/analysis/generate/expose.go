package generate

import (
	"fmt"
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// route is an OpenShift Route, as far as it leads to Services
// (github.com/openshift/api/route/v1/types.go).
type route struct {
	Spec struct {
		To         routeTarget   `json:"to"`
		Alternates []routeTarget `json:"alternateBackends"`
		Port       *struct {
			TargetPort any `json:"targetPort"`
		} `json:"port"`
	} `json:"spec"`
}

type routeTarget struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

var routes = kinds.Of[route]("route.openshift.io", "Route")

// expose adds what Services, Ingresses and routes let in from outside.
func (c *Collector) expose() {
	for _, s := range c.sortedServices() {
		c.exposeService(s)
	}
	controllers := c.controllers()
	ingresses := supplied(c.view, kinds.Ingresses, "")
	for object, ingress := range ingresses {
		c.exposeIngress(object, &ingress.Spec, controllers)
	}
	http := supplied(c.view, kinds.HTTPRoutes, "")
	for object, r := range http {
		for i := range r.Spec.Rules {
			for j := range r.Spec.Rules[i].BackendRefs {
				c.exposeBackend(object, &r.Spec.Rules[i].BackendRefs[j].BackendObjectReference)
			}
		}
	}
	grpc := supplied(c.view, kinds.GRPCRoutes, "")
	for object, r := range grpc {
		for i := range r.Spec.Rules {
			for j := range r.Spec.Rules[i].BackendRefs {
				c.exposeBackend(object, &r.Spec.Rules[i].BackendRefs[j].BackendObjectReference)
			}
		}
	}
	c.exposeRoutes()
	c.exposeDoors()
}

func (c *Collector) sortedServices() []*service {
	var sorted []*service
	list := supplied(c.view, kinds.Services, "")
	for object := range list {
		if s := c.index.services[name{object.Namespace, object.Name}]; s != nil {
			sorted = append(sorted, s)
		}
	}
	return sorted
}

// exposeService lets clients of a load balancer or node port in. Their addresses are
// seen only where the Service keeps them; else they are those of nodes.
func (c *Collector) exposeService(s *service) {
	spec := s.spec
	if spec.Type != corev1.ServiceTypeLoadBalancer && spec.Type != corev1.ServiceTypeNodePort && len(spec.ExternalIPs) == 0 {
		return
	}
	from := []party{{anyone: true}}
	if spec.Type == corev1.ServiceTypeLoadBalancer && spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal && len(spec.LoadBalancerSourceRanges) > 0 {
		from = nil
		for _, text := range spec.LoadBalancerSourceRanges {
			if block, err := netip.ParsePrefix(strings.TrimSpace(text)); err == nil {
				from = append(from, party{block: block.Masked()})
			}
		}
	}
	for i := range spec.Ports {
		p := &spec.Ports[i]
		protocol, ok := netpol.ParseProtocol(string(p.Protocol))
		if !ok || p.Port < 1 || p.Port > 65535 {
			continue
		}
		found, why := c.index.targets(s, protocol, uint16(p.Port))
		c.letIn(s.object, from, protocol, found, why, "type "+string(spec.Type))
	}
}

func (c *Collector) letIn(object *snapshot.Object, from []party, protocol netpol.Protocol, found []target, why, evidence string) {
	c.letInAs(Exposed, object, from, protocol, found, why, evidence)
}

func (c *Collector) letInAs(source Source, object *snapshot.Object, from []party, protocol netpol.Protocol, found []target, why, evidence string) {
	if why != "" {
		gap := model.Gap{Scope: object.Scope(), Reason: object.ID.String() + ": " + why}
		if object.InFile() {
			gap.File, gap.Line = object.Origin.File, object.Origin.Line
		}
		c.gaps = append(c.gaps, gap)
	}
	for _, t := range found {
		if t.unit == nil || t.unit.host {
			continue
		}
		for _, src := range from {
			if src.anyone && source == Exposed && !strings.HasPrefix(evidence, "type ") {
				c.tellUnknownProxy(object, t.unit)
			}
			c.wanted.add(link{src: src, dst: party{unit: t.unit}, protocol: protocol, port: t.port}, source, object.ID.String()+" "+evidence, Place{})
		}
	}
}

// tellUnknownProxy says what a proxy that was not supplied lacks, if it is in the mesh of
// those whom it leads to.
func (c *Collector) tellUnknownProxy(object *snapshot.Object, to *unit) {
	if plane := c.plane(to); plane == mesh.Ambient || plane == mesh.Linkerd {
		c.note("if the workload that serves %s is in the mesh of %s, it connects on TCP %d, which is let in once it is supplied", object.ID, to, plane.Tunnel())
	}
}

// controllers finds the workloads that serve Ingresses, by their images.
func (c *Collector) controllers() []party {
	var found []party
	for _, u := range c.survey.units {
		w := workload.Of(c.view, u.object)
		if w == nil || u.host {
			continue
		}
		for _, container := range w.Containers {
			if container.Type == workload.Regular && servesIngresses(container.Image) {
				found = append(found, party{unit: u})
				break
			}
		}
	}
	return found
}

// servesIngresses knows the images of the controllers that proxy requests themselves.
func servesIngresses(image string) bool {
	image, _, _ = strings.Cut(image, "@")
	repository := image
	if end := strings.LastIndexByte(image, ':'); end > strings.LastIndexByte(image, '/') {
		repository = image[:end]
	}
	for _, known := range []string{"ingress-nginx/controller", "nginx/nginx-ingress", "haproxytech/kubernetes-ingress", "jcmoraisjr/haproxy-ingress"} {
		if strings.HasSuffix(repository, known) {
			return true
		}
	}
	return repository == "traefik" || strings.HasSuffix(repository, "/traefik")
}

func (c *Collector) exposeIngress(object *snapshot.Object, spec *networkingv1.IngressSpec, controllers []party) {
	from := controllers
	if len(from) == 0 {
		from = []party{{anyone: true}}
		c.note("which workload serves %s is not known: it lets everyone in to its Services", object.ID)
	}
	add := func(backend *networkingv1.IngressBackend) {
		if backend == nil || backend.Service == nil {
			return
		}
		s := c.index.services[name{object.Namespace, backend.Service.Name}]
		if s == nil {
			c.letIn(object, nil, netpol.TCP, nil, "Service "+backend.Service.Name+" was not supplied", "")
			return
		}
		port := uint16(backend.Service.Port.Number)
		for i := range s.spec.Ports {
			if backend.Service.Port.Name != "" && s.spec.Ports[i].Name == backend.Service.Port.Name {
				port = uint16(s.spec.Ports[i].Port)
			}
		}
		found, why := c.index.targets(s, netpol.TCP, port)
		c.letIn(object, from, netpol.TCP, found, why, "backend "+backend.Service.Name)
		for _, controller := range controllers {
			c.allowFrom(controller, found, object)
		}
	}
	add(spec.DefaultBackend)
	for i := range spec.Rules {
		if http := spec.Rules[i].HTTP; http != nil {
			for j := range http.Paths {
				add(&http.Paths[j].Backend)
			}
		}
	}
}

// allowFrom lets an ingress controller out to Services that have no pods of their own.
func (c *Collector) allowFrom(controller party, found []target, object *snapshot.Object) {
	for _, t := range found {
		if t.unit == nil {
			c.wanted.add(link{src: controller, dst: party{block: single(t.address)}, protocol: netpol.TCP, port: t.port}, Exposed, object.ID.String(), Place{})
		}
	}
}

func (c *Collector) exposeBackend(object *snapshot.Object, ref *gatewayv1.BackendObjectReference) {
	if ref.Kind != nil && *ref.Kind != "Service" || ref.Group != nil && *ref.Group != "" || ref.Port == nil {
		return
	}
	key := name{object.Namespace, string(ref.Name)}
	if ref.Namespace != nil {
		key.namespace = string(*ref.Namespace)
	}
	s := c.index.services[key]
	if s == nil {
		c.letIn(object, nil, netpol.TCP, nil, "Service "+key.namespace+"/"+key.name+" was not supplied", "")
		return
	}
	c.note("which workload serves %s is not known: it lets everyone in to its Services", object.ID)
	found, why := c.index.targets(s, netpol.TCP, uint16(*ref.Port))
	c.letIn(object, []party{{anyone: true}}, netpol.TCP, found, why, "backend "+key.name)
}

func (c *Collector) exposeRoutes() {
	list := supplied(c.view, routes, "")
	for object, r := range list {
		wanted := ""
		if r.Spec.Port != nil {
			wanted = fmt.Sprint(r.Spec.Port.TargetPort)
		}
		for _, to := range append([]routeTarget{r.Spec.To}, r.Spec.Alternates...) {
			s := c.index.services[name{object.Namespace, to.Name}]
			if s == nil {
				c.letIn(object, nil, netpol.TCP, nil, "Service "+to.Name+" was not supplied", "")
				continue
			}
			c.note("which workload serves %s is not known: it lets everyone in to its Services", object.ID)
			for i := range s.spec.Ports {
				p := &s.spec.Ports[i]
				if wanted != "" && wanted != p.Name && wanted != p.TargetPort.String() {
					continue
				}
				found, why := c.index.targets(s, netpol.TCP, uint16(p.Port))
				c.letIn(object, []party{{anyone: true}}, netpol.TCP, found, why, "backend "+to.Name)
			}
		}
	}
}
