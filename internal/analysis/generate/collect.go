package generate

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/analysis/mesh"
	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// Collector gathers the connections that are to be allowed.
type Collector struct {
	view    *snapshot.View
	base    *snapshot.Snapshot // with what is implied
	options Options
	survey  *survey
	index   *index
	mesh    *mesh.Mesh
	control control

	wanted    connections
	gaps      []model.Gap
	told      map[string]bool // gaps of flows
	untold    int
	notes     []string // what the reader should know of what was gathered
	skipped   Skipped
	manifests bool
}

// Skipped counts flows that need no policy.
type Skipped struct {
	OwnNode int `json:"ownNode"` // of a pod with its own node, which no policy forbids
	Itself  int `json:"itself"`  // of a pod with itself

}

// NewCollector makes a Collector for the workloads of a snapshot. Where the DNS of the
// cluster or the control plane of a mesh was not supplied, it takes the usual one.
func NewCollector(v *snapshot.View, options Options) *Collector {
	c := &Collector{view: v, base: v.Snapshot(), options: options, mesh: meshOf(v), wanted: connections{}, told: map[string]bool{}}
	c.look()
	var implied []*snapshot.Object
	if len(c.index.dnsTargets()) == 0 {
		implied = append(implied, impliedDNS(v))
		c.note("the DNS of the cluster was not supplied: it is taken to be the pods k8s-app=kube-dns in kube-system, port 53")
	}
	if implied = append(implied, c.impliedControl()...); len(implied) > 0 {
		for _, object := range implied {
			c.base = c.base.With(append(namespaceChange(c.base.View(), object.Namespace), snapshot.Change{Put: object})...)
		}
		c.look()
	}
	return c
}

// look finds everything that connections can be between.
func (c *Collector) look() {
	c.survey = newSurvey(netpol.Model(c.base.View(), c.options.Profile))
	c.index = newIndex(c.view, c.survey)
	c.findControl()
}

// Observe adds a flow that was seen. One whose sides cannot be told is a gap.
func (c *Collector) Observe(f *Flow) {
	sources, why := c.resolveClient(f)
	if why != "" {
		c.gap(f, why)
		return
	}
	targets, why := c.resolveServer(f)
	if why != "" {
		c.gap(f, why)
	}
	for _, src := range sources {
		for _, dst := range targets {
			c.observe(f, src, dst)
		}
	}
}

// maxGaps bounds the flows that are told one by one.
const maxGaps = 500

// gap tells a flow that cannot be resolved, of flows alike the first.
func (c *Collector) gap(f *Flow, why string) {
	reason := fmt.Sprintf("%s: %s", f, why)
	switch {
	case c.told[reason]:
	case len(c.told) >= maxGaps:
		c.untold++
	default:
		c.told[reason] = true
		c.gaps = append(c.gaps, model.Gap{Reason: reason, File: f.Seen.File, Line: f.Seen.Line})
	}
}

func (c *Collector) observe(f *Flow, src party, dst target) {
	to := party{unit: dst.unit}
	if dst.unit == nil {
		to.block = single(dst.address)
	}
	switch {
	case f.Src.Node || to.unit != nil && src.unit == nil && c.isOwnNode(to.unit, src.block.Addr()):
		c.skipped.OwnNode++
		return
	case src.unit != nil && to.unit == nil && c.isOwnNode(src.unit, dst.address):
		c.skipped.OwnNode++
		return
	case src.unit != nil && src.unit == to.unit && !src.unit.replicated():
		c.skipped.Itself++
		return
	}
	for _, to := range c.placed(to) {
		c.wanted.add(link{src: src, dst: to, protocol: f.Protocol, port: dst.port}, Observed, "", f.Seen)
	}
}

func single(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }

func (c *Collector) isOwnNode(u *unit, address netip.Addr) bool {
	nodes := c.index.onNode[u]
	return len(nodes) == 1 && nodes[address]
}

func (u *unit) replicated() bool {
	return len(u.ends) > 1 || len(u.ends) == 1 && u.ends[0].Replicated
}

// placed gives the addresses of a workload that is in the network of its nodes:
// policies know it by nothing else.
func (c *Collector) placed(p party) []party {
	if p.unit == nil || !p.unit.host {
		return []party{p}
	}
	var blocks []party
	for _, end := range p.unit.ends {
		for _, address := range end.Addresses {
			blocks = append(blocks, party{block: single(address)})
		}
	}
	return blocks
}

// resolveClient finds who opened a connection.
func (c *Collector) resolveClient(f *Flow) ([]party, string) {
	if f.Src.Node {
		return []party{{}}, ""
	}
	u, address, why := c.resolve(&f.Src)
	switch {
	case why != "":
		return nil, why
	case u == nil && !address.IsValid():
		return nil, f.Src.String() + " is a Service, which opens no connection"
	case u == nil:
		return []party{{block: single(address)}}, ""
	}
	placed := c.placed(party{unit: u})
	if len(placed) == 0 {
		return nil, u.String() + " is in the network of its nodes, whose addresses are not known"
	}
	return placed, ""
}

// resolveServer finds who listens: of a Service those behind it. why can come beside
// what was found.
func (c *Collector) resolveServer(f *Flow) ([]target, string) {
	if f.Dst.Node {
		c.skipped.OwnNode++
		return nil, ""
	}
	var s *service
	if f.Dst.Service != "" && !c.knows(f.Dst.Address) {
		s = c.index.services[name{f.Dst.Namespace, f.Dst.Service}]
		if s == nil {
			return nil, f.Dst.String() + " was not supplied"
		}
	} else if f.Dst.Pod == "" && f.Dst.Name == "" {
		s = c.index.clusterIP[f.Dst.Address]
	}
	if s != nil {
		found, why := c.index.targets(s, f.Protocol, f.Port)
		return found, why
	}
	u, address, why := c.resolve(&f.Dst)
	if why != "" {
		if f.Dst.Kind == "" && f.Dst.Name != "" {
			if s := c.index.services[name{f.Dst.Namespace, f.Dst.Name}]; s != nil {
				found, why := c.index.targets(s, f.Protocol, f.Port)
				return found, why
			}
		}
		return nil, why
	}
	if u != nil && u.host && len(c.placed(party{unit: u})) == 0 {
		return nil, u.String() + " is in the network of its nodes, whose addresses are not known"
	}
	return []target{{unit: u, address: address, port: f.Port}}, ""
}

// knows reports whether an address belongs to a pod.
func (c *Collector) knows(address netip.Addr) bool { return c.index.addresses[address] != nil }

// resolve finds a workload by the name or the address of a pod, or says that the
// address is outside. Names go first: an address can have had another pod since.
func (c *Collector) resolve(s *Side) (*unit, netip.Addr, string) {
	if s.Pod != "" {
		u := c.index.pods[name{s.Namespace, s.Pod}]
		if u == nil && s.Name != "" {
			u = c.index.byName(s.Namespace, s.Kind, s.Name)
		}
		if u == nil {
			u = c.index.byPodName(s.Namespace, s.Pod)
		}
		if u == nil {
			return nil, s.Address, fmt.Sprintf("pod %s/%s is not in what was supplied, and no workload makes pods of such names", s.Namespace, s.Pod)
		}
		return u, s.Address, ""
	}
	if s.Name != "" {
		u := c.index.byName(s.Namespace, s.Kind, s.Name)
		if u == nil && s.Kind == "" {
			u = c.index.byPodName(s.Namespace, s.Name)
		}
		if u == nil {
			return nil, s.Address, s.String() + " is not in what was supplied, or stands for several workloads"
		}
		return u, s.Address, ""
	}
	return c.resolveAddress(s)
}

func (c *Collector) resolveAddress(s *Side) (*unit, netip.Addr, string) {
	a := s.Address
	switch {
	case !a.IsValid():
		return nil, a, "one side has no name and no address"
	case a.IsLoopback() || a.IsMulticast() || a.IsUnspecified() || a.IsLinkLocalUnicast() && a.Is6():
		return nil, a, a.String() + " is the address of no pod and nothing outside"
	case s.Outside || slices.Contains(kubeletAddresses(), a):
		return nil, a, ""
	}
	if u := c.index.addresses[a]; u != nil {
		return u, a, ""
	}
	inside := func(p netip.Prefix) bool { return p.Contains(a) }
	if _, node := c.index.nodes[a]; node || !a.IsPrivate() && !isShared(a) || slices.ContainsFunc(c.options.Outside, inside) {
		return nil, a, ""
	}
	return nil, a, a.String() + " is of no pod, Service or node that was supplied: say --outside if it is none of the cluster's"
}

// isShared knows 100.64.0.0/10 (RFC 6598), which clusters use for pods too.
func isShared(a netip.Addr) bool {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10).Contains(a)
}

// governed lists the namespaces that get policies.
func (c *Collector) governed() []string {
	if len(c.options.Namespaces) > 0 {
		return slices.Compact(slices.Sorted(slices.Values(c.options.Namespaces)))
	}
	found := map[string]bool{}
	for l := range c.wanted {
		for _, p := range []party{l.src, l.dst} {
			if p.unit != nil && !p.unit.host {
				found[p.unit.object.Namespace] = true
			}
		}
	}
	if c.manifests {
		for _, u := range c.survey.units {
			found[u.object.Namespace] = found[u.object.Namespace] || !u.host
		}
	}
	var names []string
	for namespace, yes := range found {
		if yes && !c.isSystem(namespace) {
			names = append(names, namespace)
		}
	}
	slices.Sort(names)
	return names
}

// missEmpty tells of namespaces to govern that do not exist as far as is known: what is
// proved of their policies is proved of no workload.
func (c *Collector) missEmpty() {
	for _, namespace := range c.options.Namespaces {
		_, _, presence := snapshot.Get(c.view, kinds.Namespaces, "", namespace)
		if presence != snapshot.Present && !slices.ContainsFunc(c.survey.units, func(u *unit) bool { return u.object.Namespace == namespace }) {
			c.gaps = append(c.gaps, model.Gap{Reason: "namespace " + namespace + ": no workload of it was supplied, so that there is nothing to prove its policies on"})
		}
	}
}

// isSystem knows the namespaces that are Kubernetes' own, and those of the control planes
// of meshes. Who denies by default there says so by name.
func (c *Collector) isSystem(namespace string) bool {
	return strings.HasPrefix(namespace, "kube-") || strings.HasPrefix(namespace, "openshift-") ||
		namespace == c.mesh.RootNamespace() || namespace == c.mesh.LinkerdNamespace()
}
