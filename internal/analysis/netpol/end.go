package netpol

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// pod is a running pod, or the template of pods that do not run.
type pod struct {
	object     *snapshot.Object
	root       *snapshot.Object // the workload that it belongs to
	template   *workload.Workload
	labels     map[string]string
	account    string // its service account
	ports      []NamedPort
	host       bool
	addresses  []netip.Addr
	node       string
	replicated bool
}

// inventory is what policies can be about: pods by namespace and workload, and the
// namespaces of pods by name.
type inventory struct {
	pods       []pod
	namespaces []namespace
}

var inventories = snapshot.Memo[struct{}, *inventory]{Name: "netpol.inventory", Compute: func(v *snapshot.View, _ struct{}) *inventory {
	inv := &inventory{}
	if v.Settings().Live {
		inv.addRunning(v)
	}
	inv.addTemplates(v)
	slices.SortStableFunc(inv.pods, func(a, b pod) int {
		return cmp.Or(
			strings.Compare(home(a.root), home(b.root)), strings.Compare(a.root.Name, b.root.Name),
			a.root.ID.Compare(b.root.ID), a.object.ID.Compare(b.object.ID),
		)
	})
	inv.addNamespaces(v)
	return inv
}}

// addRunning adds the pods of a running cluster that have not ended.
func (inv *inventory) addRunning(v *snapshot.View) {
	list, _ := snapshot.List(v, kinds.Pods, "")
	for object, p := range list {
		if p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed {
			continue
		}
		root := workload.RootOf(v, object)
		if root == nil {
			root = object
		}
		added := pod{
			object: object, root: root, labels: p.Labels, ports: portsOf(&p.Spec), host: p.Spec.HostNetwork,
			addresses: addressesOf(p), node: p.Spec.NodeName, account: accountOf(&p.Spec),
		}
		if root != object {
			added.replicated = replicated(v, root)
		}
		inv.pods = append(inv.pods, added)
	}
}

// addTemplates adds the workloads of which no pod runs, each definition of one that
// files define several times. Of a running cluster those are left out that are over, or
// were replaced by a newer revision.
func (inv *inventory) addTemplates(v *snapshot.View) {
	running := map[model.ID]bool{}
	for i := range inv.pods {
		running[inv.pods[i].root.ID] = true
	}
	for _, w := range workload.All(v) {
		if w.Object.Kind == "PodTemplate" || running[w.Object.ID] || v.Settings().Live && over(w) {
			continue
		}
		added := pod{
			object: w.Object, root: w.Object, template: w, labels: w.Meta.Labels, ports: portsOf(w.Spec),
			host: w.Spec.HostNetwork, node: w.Spec.NodeName, replicated: isReplicated(v, w),
			account: accountOf(w.Spec),
		}
		if p, err := kinds.Pods.Read(w.Object); w.Object.Kind == "Pod" && err == nil {
			added.addresses, added.template = addressesOf(p), nil
		}
		inv.pods = append(inv.pods, added)
	}
}

// home is the namespace of an object: what a file leaves without one lies in default,
// where kubectl puts it.
func home(object *snapshot.Object) string { return cmp.Or(object.Namespace, metav1.NamespaceDefault) }

// accountOf is the service account of a pod: the admission of the API server sets the
// one called default.
func accountOf(spec *corev1.PodSpec) string {
	if spec.ServiceAccountName == "" {
		return "default"
	}
	return spec.ServiceAccountName
}

func over(w *workload.Workload) bool {
	switch w.Object.Kind {
	case "Pod", "Job":
		return true // it would run
	case "ReplicaSet", "ReplicationController":
		return w.Replicas == 0
	default:
		return false
	}
}

func replicated(v *snapshot.View, object *snapshot.Object) bool {
	w := workload.Of(v, object)
	return w == nil || isReplicated(v, w)
}

// portsOf lists the ports of the containers that run as long as the pod does.
func portsOf(spec *corev1.PodSpec) []NamedPort {
	var ports []NamedPort
	add := func(c *corev1.Container) {
		for _, p := range c.Ports {
			if protocol, ok := ParseProtocol(string(p.Protocol)); ok && p.ContainerPort > 0 && p.ContainerPort <= 65535 {
				ports = append(ports, NamedPort{Name: p.Name, Protocol: protocol, Port: uint16(p.ContainerPort)})
			}
		}
	}
	for i := range spec.Containers {
		add(&spec.Containers[i])
	}
	for i := range spec.InitContainers {
		if policy := spec.InitContainers[i].RestartPolicy; policy != nil && *policy == corev1.ContainerRestartPolicyAlways {
			add(&spec.InitContainers[i])
		}
	}
	return inPortOrder(ports)
}

// inPortOrder sorts ports, and drops those that are there twice.
func inPortOrder(ports []NamedPort) []NamedPort {
	slices.SortFunc(ports, func(a, b NamedPort) int {
		return cmp.Or(cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Port, b.Port), strings.Compare(a.Name, b.Name))
	})
	return slices.Compact(ports)
}

func addressesOf(p *corev1.Pod) []netip.Addr {
	var addresses []netip.Addr
	for _, ip := range p.Status.PodIPs {
		if a, err := netip.ParseAddr(ip.IP); err == nil {
			addresses = append(addresses, a.Unmap().WithZone(""))
		}
	}
	if a, err := netip.ParseAddr(p.Status.PodIP); len(addresses) == 0 && err == nil {
		addresses = append(addresses, a.Unmap().WithZone(""))
	}
	return addresses
}

// addNamespaces finds the labels of the namespaces of pods.
func (inv *inventory) addNamespaces(v *snapshot.View) {
	for i := range inv.pods {
		name := home(inv.pods[i].object)
		if len(inv.namespaces) > 0 && inv.namespaces[len(inv.namespaces)-1].name == name {
			continue
		}
		inv.namespaces = append(inv.namespaces, namespaceOf(v, name))
	}
}

// ends makes the ends of an inventory: one for a workload, unless apart says that its
// pods, or the definitions that files have of it, are not all alike.
func (inv *inventory) ends(apart func(*pod) string) (ends []*End, members [][]*pod) {
	for from := 0; from < len(inv.pods); {
		to := from + 1
		for to < len(inv.pods) && inv.pods[to].root.ID == inv.pods[from].root.ID {
			to++
		}
		group := make([]*pod, 0, to-from)
		for i := from; i < to; i++ {
			group = append(group, &inv.pods[i])
		}
		from = to
		for _, part := range parted(group, apart) {
			object := part[0].object
			if len(part) == len(group) {
				object = part[0].root
			}
			ends, members = append(ends, newEnd(object, part)), append(members, part)
		}
	}
	ends, members = inOrder(ends, members)
	number(ends)
	return ends, members
}

// parted parts the pods of a workload where policies tell some of them apart: running
// ones each by itself, definitions by what policies see of them.
func parted(group []*pod, apart func(*pod) string) [][]*pod {
	if len(group) == 1 {
		return [][]*pod{group}
	}
	known := map[string]int{}
	var parts [][]*pod
	for _, p := range group {
		key := apart(p)
		at, ok := known[key]
		if !ok {
			at = len(parts)
			known[key] = at
			parts = append(parts, nil)
		}
		parts[at] = append(parts[at], p)
	}
	if len(parts) == 1 || group[0].object.ID == group[1].object.ID {
		return parts
	}
	return slices.Collect(slices.Chunk(group, 1))
}

// number tells ends apart that have the same name: files define them several times.
func number(ends []*End) {
	for from := 0; from < len(ends); {
		to := from + 1
		for to < len(ends) && ends[from].Compare(ends[to]) == 0 {
			to++
		}
		for i := from; i < to && to-from > 1; i++ {
			ends[i].Definition = i - from + 1
		}
		from = to
	}
}

// inOrder sorts ends together with their pods: the pods of a workload need not be
// called like it.
func inOrder(ends []*End, members [][]*pod) ([]*End, [][]*pod) {
	if slices.IsSortedFunc(ends, (*End).Compare) {
		return ends, members
	}
	order := make([]int, len(ends))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return ends[a].Compare(ends[b]) })
	sortedEnds, sortedMembers := make([]*End, len(ends)), make([][]*pod, len(ends))
	for to, from := range order {
		sortedEnds[to], sortedMembers[to] = ends[from], members[from]
	}
	return sortedEnds, sortedMembers
}

func newEnd(object *snapshot.Object, group []*pod) *End {
	first := group[0]
	e := &End{
		Object: object, Workload: first.root, Namespace: home(object), Name: object.Name, Kind: object.Kind,
		Labels: first.labels, Ports: first.ports, HostNetwork: first.host, Addresses: first.addresses,
		Replicated: first.replicated && object == first.root,
	}
	for _, p := range group {
		if p.object.InFile() {
			e.definitions = append(e.definitions, p.object)
		}
	}
	if len(group) == 1 {
		return e
	}
	e.Labels, e.Ports, e.Addresses = maps.Clone(first.labels), slices.Clone(first.ports), slices.Clone(first.addresses)
	for _, p := range group[1:] {
		maps.DeleteFunc(e.Labels, func(key, value string) bool { other, ok := p.labels[key]; return !ok || other != value })
		e.Addresses = append(e.Addresses, p.addresses...)
		e.Ports = append(e.Ports, p.ports...)
		e.Replicated = e.Replicated || p.replicated || p.object.ID != first.object.ID
	}
	slices.SortFunc(e.Addresses, netip.Addr.Compare)
	e.Addresses = slices.Compact(e.Addresses)
	e.Ports = inPortOrder(e.Ports)
	return e
}

// signature tells what policies can see of a pod's ports, as far as they use names.
func signature(b []byte, ports []NamedPort, used map[string]bool) []byte {
	for _, p := range ports {
		if used[p.Name] {
			b = append(b, p.Name...)
			b = append(b, '/', byte('0'+p.Protocol), '/')
			b = strconv.AppendUint(b, uint64(p.Port), 10)
			b = append(b, ' ')
		}
	}
	return b
}

// mayGain reports whether the pods of a template may have a label that it lacks: one
// that a controller adds to the pods of such a workload.
func mayGain(w *workload.Workload, key string) bool {
	if w == nil || !workload.MayGainLabel(key) {
		return false
	}
	if _, written := w.Meta.Labels[key]; written {
		return false
	}
	switch {
	case strings.HasPrefix(key, "topology.kubernetes.io/"):
		return true
	case w.Object.Kind == "StatefulSet":
		return !strings.Contains(key, "job") && !strings.HasPrefix(key, "pod-template-")
	case w.Object.Group == "batch":
		return strings.Contains(key, "job") || strings.HasSuffix(key, "controller-uid")
	case w.Object.Kind == "DaemonSet":
		return key == "controller-revision-hash" || key == "pod-template-generation"
	case w.Object.Kind == "Deployment":
		return key == "pod-template-hash"
	default:
		return false
	}
}
