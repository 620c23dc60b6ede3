package mesh

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// Protocol is what a mesh takes the bytes of a port for. The zero value is Detected:
// the proxy looks at the first bytes.
type Protocol uint8

// The protocols.
const (
	Detected Protocol = iota
	HTTP
	TCP
)

// route is a port of a Service that leads to a port of a workload.
type route struct {
	object  *snapshot.Object
	service *corev1.Service
	port    *corev1.ServicePort
}

// host is the name under which a mesh knows the Service.
func (r *route) host() string {
	return r.object.Name + "." + r.object.Namespace + ".svc.cluster.local"
}

// routes are the TCP ports that the Services of a namespace lead to, by workload.
type routes struct {
	to       map[*snapshot.Object]map[uint16][]route
	complete bool // every Service is known
}

var routesOf = snapshot.Memo[string, *routes]{Name: "mesh.routesOf", Compute: func(v *snapshot.View, namespace string) *routes {
	found := &routes{to: map[*snapshot.Object]map[uint16][]route{}, complete: supplied(v, model.Scope{Kind: "Service", Namespace: namespace})}
	for _, object := range v.Objects(snapshot.GroupKind{Kind: "Service"}, namespace) {
		service, err := kinds.Services.Read(object)
		if err != nil {
			found.complete = false
			v.Unread(object.Scope())
			continue
		}
		if len(service.Spec.Selector) == 0 {
			continue
		}
		for _, w := range workload.Select(v, namespace, service.Spec.Selector) {
			for i := range service.Spec.Ports {
				addRoute(found.to, w, route{object: object, service: service, port: &service.Spec.Ports[i]})
			}
		}
	}
	return found
}}

// routesTo are those of one port of a workload. known is false where there may be others.
func (m *Mesh) routesTo(w *Workload, port uint16) (list []route, known bool) {
	all := routesOf.Of(m.view, w.Namespace())
	return all.to[w.Object][port], all.complete
}

func addRoute(found map[*snapshot.Object]map[uint16][]route, w *workload.Workload, r route) {
	if r.port.Protocol != "" && r.port.Protocol != corev1.ProtocolTCP {
		return
	}
	ports := targetPorts(w, r.port)
	if found[w.Object] == nil {
		found[w.Object] = map[uint16][]route{}
	}
	for _, port := range ports {
		found[w.Object][port] = append(found[w.Object][port], r)
	}
}

// targetPorts resolves the target of a Service's port on a workload.
func targetPorts(w *workload.Workload, port *corev1.ServicePort) []uint16 {
	switch {
	case port.TargetPort.Type == intstr.String && port.TargetPort.StrVal != "":
		return namedPorts(w, port.TargetPort.StrVal)
	case port.TargetPort.IntVal != 0:
		return []uint16{uint16(port.TargetPort.IntVal)}
	default:
		return []uint16{uint16(port.Port)}
	}
}

// namedPorts are the TCP ports of a workload with a name.
func namedPorts(w *workload.Workload, name string) []uint16 {
	var ports []uint16
	for i := range w.Containers {
		for j := range w.Containers[i].Ports {
			if p := &w.Containers[i].Ports[j]; p.Name == name && isTCP(p) {
				ports = append(ports, uint16(p.ContainerPort))
			}
		}
	}
	return ports
}

func isTCP(p *corev1.ContainerPort) bool { return p.Protocol == "" || p.Protocol == corev1.ProtocolTCP }

// portsOf are the TCP ports of a workload that its containers declare or a Service
// leads to, sorted; those of a mesh's own proxy are left out.
func portsOf(v *snapshot.View, w *workload.Workload) []uint16 {
	var ports []uint16
	for i := range w.Containers {
		if name := w.Containers[i].Name; name == istioProxy || name == linkerdProxy {
			continue
		}
		for j := range w.Containers[i].Ports {
			if p := &w.Containers[i].Ports[j]; isTCP(p) {
				ports = append(ports, uint16(p.ContainerPort))
			}
		}
	}
	for port := range routesOf.Of(v, w.Namespace()).to[w.Object] {
		ports = append(ports, port)
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}

// protocol is what Istio takes a Service's port for: its appProtocol, else the start
// of its name (istio.io, "Protocol Selection").
func protocol(p *corev1.ServicePort) Protocol {
	if p.AppProtocol != nil && *p.AppProtocol != "" {
		switch strings.ToLower(*p.AppProtocol) {
		case "http", "http2", "grpc", "grpc-web", "kubernetes.io/h2c", "kubernetes.io/ws":
			return HTTP
		case "https", "tls", "tcp", "mongo", "mysql", "redis", "kubernetes.io/wss":
			return TCP
		}
		return Detected
	}
	name, _, _ := strings.Cut(strings.ToLower(p.Name), "-")
	if strings.HasPrefix(strings.ToLower(p.Name), "grpc-web") {
		return HTTP
	}
	switch name {
	case "http", "http2", "grpc":
		return HTTP
	case "https", "tls", "tcp", "mongo", "mysql", "redis":
		return TCP
	}
	return Detected
}

// protocolOf is what the proxy of a server takes a port for, by all the Services that
// lead to it: of one Service its first port counts. Without one, or when several
// differ, the bytes decide.
func protocolOf(routes []route) Protocol {
	if len(routes) == 0 {
		return Detected
	}
	first := protocol(routes[0].port)
	for i := range routes {
		if i > 0 && routes[i].object == routes[i-1].object {
			continue
		}
		if protocol(routes[i].port) != first {
			return Detected
		}
	}
	return first
}
