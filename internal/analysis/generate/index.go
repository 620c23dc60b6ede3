package generate

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// name is the name of a namespaced object.
type name struct{ namespace, name string }

// index finds workloads, Services and nodes by what flows and manifests call them.
type index struct {
	view      *snapshot.View
	survey    *survey
	pods      map[name]*unit
	named     map[name][]*unit
	addresses map[netip.Addr]*unit
	nodes     map[netip.Addr]string
	onNode    map[*unit]map[netip.Addr]bool // addresses of the nodes that the pods of a workload run on
	services  map[name]*service
	clusterIP map[netip.Addr]*service
}

// service is a Service and what its connections end at.
type service struct {
	object   *snapshot.Object
	spec     *corev1.ServiceSpec
	backends []*unit
}

func newIndex(v *snapshot.View, s *survey) *index {
	x := &index{
		view: v, survey: s, pods: map[name]*unit{}, named: map[name][]*unit{}, addresses: map[netip.Addr]*unit{}, nodes: map[netip.Addr]string{},
		onNode: map[*unit]map[netip.Addr]bool{}, services: map[name]*service{}, clusterIP: map[netip.Addr]*service{},
	}
	for _, u := range s.units {
		key := name{u.object.Namespace, u.object.Name}
		x.named[key] = append(x.named[key], u)
		for _, end := range u.ends {
			for _, address := range end.Addresses {
				if !u.host {
					x.addresses[address] = u
				}
			}
		}
	}
	x.addPods()
	x.addNodes()
	x.addServices()
	return x
}

// addPods indexes running pods by name, and by their addresses: of files, where
// workloads stand for their pods, nothing else tells those.
func (x *index) addPods() {
	for _, object := range x.view.Objects(snapshot.GroupKind{Kind: "Pod"}, "") {
		u := x.unitOf(object)
		if u == nil {
			continue
		}
		x.pods[name{object.Namespace, object.Name}] = u
		pod, err := kinds.Pods.Read(object)
		if err != nil {
			continue
		}
		finished := pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
		for _, ip := range pod.Status.PodIPs {
			if address, ok := addressOf(ip.IP); ok && !u.host && !finished && x.addresses[address] == nil {
				x.addresses[address] = u
			}
		}
		for _, ip := range pod.Status.HostIPs {
			if address, ok := addressOf(ip.IP); ok {
				if x.onNode[u] == nil {
					x.onNode[u] = map[netip.Addr]bool{}
				}
				x.onNode[u][address] = true
			}
		}
	}
}

func (x *index) unitOf(object *snapshot.Object) *unit {
	root := workload.RootOf(x.view, object)
	if root == nil {
		return nil
	}
	return x.survey.byID[root.ID]
}

func (x *index) addNodes() {
	for _, object := range x.view.Objects(snapshot.GroupKind{Kind: "Node"}, "") {
		node, err := kinds.Nodes.Read(object)
		if err != nil {
			continue
		}
		for _, a := range node.Status.Addresses {
			if address, ok := addressOf(a.Address); ok {
				x.nodes[address] = object.Name
			}
		}
	}
}

func (x *index) addServices() {
	list := supplied(x.view, kinds.Services, "")
	for object, value := range list {
		s := &service{object: object, spec: &value.Spec}
		if len(value.Spec.Selector) > 0 {
			for _, u := range x.survey.units {
				if u.object.Namespace == object.Namespace && hasAll(u.labels, value.Spec.Selector) {
					s.backends = append(s.backends, u)
				}
			}
		}
		x.services[name{object.Namespace, object.Name}] = s
		addresses := append(slices.Clone(value.Spec.ClusterIPs), value.Spec.ClusterIP)
		addresses = append(addresses, value.Spec.ExternalIPs...)
		for _, ingress := range value.Status.LoadBalancer.Ingress {
			addresses = append(addresses, ingress.IP)
		}
		for _, text := range addresses {
			if address, ok := addressOf(text); ok {
				x.clusterIP[address] = s
			}
		}
	}
}

func addressOf(text string) (netip.Addr, bool) {
	address, err := netip.ParseAddr(text)
	return address.Unmap().WithZone(""), err == nil
}

// target is where connections to a Service arrive: a workload, or an address.
type target struct {
	unit    *unit
	address netip.Addr
	port    uint16
}

// targets follows a port of a Service to those who listen. why says what is missing
// where nobody does.
func (x *index) targets(s *service, protocol netpol.Protocol, port uint16) (found []target, why string) {
	id := s.object.ID.String()
	if s.spec.Type == corev1.ServiceTypeExternalName {
		return nil, id + " stands for the name " + s.spec.ExternalName + ": a NetworkPolicy names addresses only"
	}
	listed := s.port(protocol, port)
	if listed == nil {
		if s.spec.ClusterIP != corev1.ClusterIPNone || len(s.backends) == 0 {
			return nil, id + " has no port " + fmt.Sprintf("%s %d", protocol, port)
		}
		for _, u := range s.backends { // the name of a headless Service leads to its pods
			found = append(found, target{unit: u, port: port})
		}
		return found, ""
	}
	if len(s.spec.Selector) == 0 {
		return x.endpoints(s, listed)
	}
	if len(s.backends) == 0 {
		return nil, id + " selects no workload that was supplied"
	}
	for _, u := range s.backends {
		ports := u.listening(listed, protocol)
		for _, p := range ports {
			found = append(found, target{unit: u, port: p})
		}
		if len(ports) == 0 && why == "" {
			why = u.String() + " has no port named " + listed.TargetPort.StrVal + ", which " + id + " forwards to"
		}
	}
	return found, why
}

func (s *service) port(protocol netpol.Protocol, port uint16) *corev1.ServicePort {
	for i := range s.spec.Ports {
		p := &s.spec.Ports[i]
		if known, ok := netpol.ParseProtocol(string(p.Protocol)); ok && known == protocol && p.Port == int32(port) {
			return p
		}
	}
	return nil
}

// listening are the ports of the pods that a port of a Service leads to: more than one
// where pods call different numbers by the same name.
func (u *unit) listening(p *corev1.ServicePort, protocol netpol.Protocol) []uint16 {
	switch {
	case p.TargetPort.StrVal == "" && p.TargetPort.IntVal == 0:
		return []uint16{uint16(p.Port)}
	case p.TargetPort.StrVal == "":
		return []uint16{uint16(p.TargetPort.IntVal)}
	}
	var ports []uint16
	for _, end := range u.ends {
		for _, own := range end.Ports {
			if own.Name == p.TargetPort.StrVal && own.Protocol == protocol && !slices.Contains(ports, own.Port) {
				ports = append(ports, own.Port)
			}
		}
	}
	return ports
}

// endpoints are those of a Service without selector, which somebody writes by hand.
func (x *index) endpoints(s *service, port *corev1.ServicePort) (found []target, why string) {
	list := supplied(x.view, endpointSlices, s.object.Namespace)
	for _, slice := range list {
		if slice.Labels[discoveryv1.LabelServiceName] != s.object.Name {
			continue
		}
		for _, p := range slice.Ports {
			if p.Port == nil || p.Name != nil && *p.Name != port.Name {
				continue
			}
			for i := range slice.Endpoints {
				for _, text := range slice.Endpoints[i].Addresses {
					if address, ok := addressOf(text); ok {
						found = append(found, target{unit: x.addresses[address], address: address, port: uint16(*p.Port)})
					}
				}
			}
		}
	}
	if len(found) == 0 {
		return nil, s.object.ID.String() + " has no selector, and no EndpointSlice of it was supplied"
	}
	return found, ""
}

// endpointSlices is read for Services without selector.
var endpointSlices = kinds.Of[discoveryv1.EndpointSlice]("discovery.k8s.io", "EndpointSlice")

// isGeneratedName reports whether a controller of that kind makes pods whose name ends
// so after its own. Names end in five letters that look like no others, and the hash
// of a template has at most ten of them (k8s.io/apimachinery/pkg/util/rand).
func isGeneratedName(kind, rest string) bool {
	parts := strings.Split(rest, "-")
	if parts[0] != "" || len(parts) < 2 {
		return false
	}
	parts = parts[1:]
	last := parts[len(parts)-1]
	switch kind {
	case "StatefulSet":
		return len(parts) == 1 && isNumber(last)
	case "Deployment":
		return len(parts) == 2 && isRandom(parts[0], 1, 10) && isRandom(last, 5, 5)
	case "DaemonSet", "ReplicaSet", "ReplicationController":
		return len(parts) == 1 && isRandom(last, 5, 5)
	case "Job": // with its index, where it has one
		return isRandom(last, 5, 5) && (len(parts) == 1 || len(parts) == 2 && isNumber(parts[0]))
	case "CronJob":
		return isRandom(last, 5, 5) && (len(parts) == 2 || len(parts) == 3 && isNumber(parts[1])) && isNumber(parts[0])
	default:
		return false
	}
}

func isRandom(text string, least, most int) bool {
	return len(text) >= least && len(text) <= most && strings.Trim(text, "bcdfghjklmnpqrstvwxz2456789") == ""
}

func isNumber(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// byPodName finds the workload of a pod that is gone, by the name that its controller
// would have given it. Of several the one of the longest name; nil where two are alike.
func (x *index) byPodName(namespace, pod string) *unit {
	var best *unit
	for _, u := range x.survey.units {
		rest, ok := strings.CutPrefix(pod, u.object.Name)
		if !ok || u.object.Namespace != namespace || !isGeneratedName(u.object.Kind, rest) {
			continue
		}
		switch {
		case best == nil || len(u.object.Name) > len(best.object.Name):
			best = u
		case len(u.object.Name) == len(best.object.Name):
			return nil
		}
	}
	return best
}

// byName finds a workload by namespace, kind ("" any) and name. Two of one name and
// no kind are nobody.
func (x *index) byName(namespace, kind, of string) *unit {
	var found *unit
	for _, u := range x.named[name{namespace, of}] {
		if kind != "" && kind != u.object.Kind {
			continue
		}
		if found != nil {
			return nil
		}
		found = u
	}
	if found != nil {
		return found
	}
	id := model.ID{Cluster: x.view.Settings().Cluster, Kind: cmp.Or(kind, "Pod"), Namespace: namespace, Name: of}
	switch id.Kind { // what another workload made
	case "ReplicaSet":
		id.Group = "apps"
	case "Job":
		id.Group = "batch"
	}
	if object := x.view.Snapshot().Lookup(id); object != nil {
		return x.unitOf(object)
	}
	return nil
}
