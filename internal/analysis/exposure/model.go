package exposure

import (
	"cmp"
	"iter"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/labels"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// Model is every way from outside to pods in one snapshot. It does not change.
type Model struct {
	Paths  []Path              // by target
	Broken []Broken            // by entry
	always ignorance           // why paths may be missing
	local  map[string][]string // the same of paths into one namespace
	byWork map[model.ID][]int
}

// Of makes the Model of a snapshot, once. Custom resources of files that name no
// namespace are taken to lie in unnamed, with "" in the namespace default.
func Of(v *snapshot.View, unnamed string) *Model {
	return models.Of(v, cmp.Or(unnamed, corev1.NamespaceDefault))
}

var models = snapshot.Memo[string, *Model]{Name: "exposure.model", Compute: func(v *snapshot.View, unnamed string) *Model {
	b := newBuilder(v)
	b.unnamed = unnamed
	b.servicesDoors()
	b.hosts()
	b.ingresses()
	b.gateways()
	b.openshift()
	b.istio()
	return b.finish()
}}

var (
	endpointsKind  = kinds.Endpoints
	endpointSlices = kinds.Of[discoveryv1.EndpointSlice]("discovery.k8s.io", "EndpointSlice")
)

type serviceName struct{ namespace, name string }

// builder collects a Model.
type builder struct {
	v             *snapshot.View
	live          bool
	unnamed       string                     // see Of
	services      map[serviceName][]*service // of one name there are several if several files have it
	ordered       []*service
	endpoints     map[serviceName][]endpoint
	byAddress     map[netip.Addr][]*workload.Workload
	controllers   map[string][]*workload.Workload
	grants        map[string][]grant // by namespace
	nodeAddresses []string
	paths         []Path
	broken        []Broken
	unreached     []string             // namespaces of pods of an Istio Gateway that no path leads to
	obscured      map[string][]string  // by namespace: why paths into it may be missing; "": into any
	failed        map[model.Scope]bool // that hold an object which cannot be decoded
}

func newBuilder(v *snapshot.View) *builder {
	b := &builder{
		v: v, live: v.Settings().Live, services: map[serviceName][]*service{}, endpoints: map[serviceName][]endpoint{},
		controllers: map[string][]*workload.Workload{}, grants: map[string][]grant{},
		obscured: map[string][]string{}, failed: map[model.Scope]bool{},
	}
	pods := b.runningPods()
	for object, spec := range each(b, kinds.Services) {
		s := &service{object: object, spec: spec}
		if len(spec.Spec.Selector) > 0 {
			s.selected = b.selectedBy(pods[object.Namespace], object.Namespace, spec.Spec.Selector)
		}
		key := serviceName{object.Namespace, object.Name}
		b.services[key] = append(b.services[key], s)
		b.ordered = append(b.ordered, s)
	}
	b.collectEndpoints()
	var nodes []*corev1.Node
	for _, node := range each(b, kinds.Nodes) {
		nodes = append(nodes, node)
	}
	b.nodeAddresses = publicNodeAddresses(nodes)
	return b
}

// each iterates over all objects of a kind that can be decoded, several of one name
// included: each file's object is a door of its own. What cannot be decoded the view
// misses, and builder.failed tells.
func each[T any](b *builder, k snapshot.Kind[T]) iter.Seq2[*snapshot.Object, T] {
	return func(yield func(*snapshot.Object, T) bool) {
		for _, object := range b.v.Objects(snapshot.GroupKind{Group: k.Group, Kind: k.Kind}, "") {
			value, err := k.Read(object)
			if err != nil {
				snapshot.List(b.v, k, object.Namespace)
				scope := object.Scope()
				b.failed[scope] = true
				scope.Namespace = ""
				b.failed[scope] = true
				continue
			}
			if !yield(object, value) {
				return
			}
		}
	}
}

// podIndex is the pods of one namespace by each of their labels.
type podIndex map[string][]runningPod

type runningPod struct {
	labels map[string]string
	root   *workload.Workload
}

// runningPods indexes the pods of a running cluster by namespace and label: they can
// have labels that the template of their workload lacks.
func (b *builder) runningPods() map[string]podIndex {
	b.byAddress = map[netip.Addr][]*workload.Workload{}
	index := map[string]podIndex{}
	for object, pod := range each(b, kinds.Pods) {
		root := object
		if made := workload.RootOf(b.v, object); made != nil {
			root = made
		}
		w := workload.Of(b.v, root)
		if w == nil {
			continue
		}
		for _, ip := range pod.Status.PodIPs {
			if address, err := netip.ParseAddr(ip.IP); err == nil && !slices.Contains(b.byAddress[address], w) {
				b.byAddress[address] = append(b.byAddress[address], w)
			}
		}
		if index[object.Namespace] == nil {
			index[object.Namespace] = podIndex{}
		}
		for key, value := range pod.Labels {
			label := key + "\x00" + value
			index[object.Namespace][label] = append(index[object.Namespace][label], runningPod{labels: pod.Labels, root: w})
		}
	}
	return index
}

// podsAt are the workloads of the running pods that have an address.
func (b *builder) podsAt(address netip.Addr) []*workload.Workload {
	return b.byAddress[address.Unmap()]
}

// selectedBy are the workloads whose templates or running pods have the labels.
// A PodTemplate makes no pods by itself.
func (b *builder) selectedBy(pods podIndex, namespace string, wanted map[string]string) []*workload.Workload {
	selected := slices.DeleteFunc(slices.Clone(workload.Select(b.v, namespace, wanted)), func(w *workload.Workload) bool { return w.Object.Kind == "PodTemplate" })
	matcher, have := labels.SelectorFromSet(wanted), map[*workload.Workload]bool{}
	for _, w := range selected {
		have[w] = true
	}
	var fewest []runningPod
	first := true
	for key, value := range wanted {
		if some := pods[key+"\x00"+value]; first || len(some) < len(fewest) {
			fewest, first = some, false
		}
	}
	for i := range fewest {
		if pod := &fewest[i]; !have[pod.root] && matcher.Matches(labels.Set(pod.labels)) {
			have[pod.root] = true
			selected = append(selected, pod.root)
		}
	}
	return selected
}

// selects reports whether a Service of that name has a selector.
func (b *builder) selects(key serviceName) bool {
	return slices.ContainsFunc(b.services[key], func(s *service) bool { return len(s.spec.Spec.Selector) > 0 })
}

// add makes a path to each target of a backend.
func (b *builder) add(found backend, door Path) {
	for i := range found.targets {
		b.lead(&found.targets[i], door)
	}
}

// lead adds the path that a door opens to a target.
func (b *builder) lead(to *destination, door Path) {
	door.Target = to.Target
	door.Evidence = slices.Concat(door.Evidence, to.evidence)
	door.Conditions = slices.Concat(door.Conditions, to.conditions)
	b.paths = append(b.paths, door)
}

// breaks notes a door that leads nowhere.
func (b *builder) breaks(way Way, entry *snapshot.Object, reason string, evidence ...model.Evidence) {
	b.broken = append(b.broken, Broken{Way: way, Entry: entry, Reason: reason, Evidence: evidence})
}

// home is the namespace of an object.
func (b *builder) home(object *snapshot.Object) string { return cmp.Or(object.Namespace, b.unnamed) }

// obscure notes that paths into a namespace, or with "" into any, may be missing.
func (b *builder) obscure(namespace, reason string) {
	if !slices.Contains(b.obscured[namespace], reason) {
		b.obscured[namespace] = append(b.obscured[namespace], reason)
	}
}

func (b *builder) servicesDoors() {
	for _, s := range b.ordered {
		b.doorsOfService(s)
	}
}

func (b *builder) finish() *Model {
	slices.SortStableFunc(b.paths, func(x, y Path) int { return comparePaths(&x, &y) })
	b.paths = joined(b.paths)
	slices.SortStableFunc(b.broken, func(x, y Broken) int { return compareBroken(&x, &y) })
	b.broken = slices.CompactFunc(b.broken, func(x, y Broken) bool { return compareBroken(&x, &y) == 0 })
	m := &Model{Paths: b.paths, Broken: b.broken, byWork: map[model.ID][]int{}}
	for i := range m.Paths {
		if w := m.Paths[i].Target.Workload; w != nil {
			m.byWork[w.Object.ID] = append(m.byWork[w.Object.ID], i)
		}
	}
	b.strangers()
	b.spread()
	for _, reasons := range b.obscured {
		slices.Sort(reasons)
	}
	m.always, m.local = b.unknown(), b.obscured
	m.always.reasons = append(m.always.reasons, b.obscured[""]...)
	return m
}
