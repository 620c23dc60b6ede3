package exposure

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// Goal is what a pod should not reach without need.
type Goal uint8

// The goals.
const (
	Internet Goal = iota
	CloudMetadata
	APIServer
	Kubelet
	OtherNamespaces
)

// String is the word used in reports.
func (g Goal) String() string {
	names := [...]string{"internet", "cloud-metadata", "api-server", "kubelet", "other-namespaces"}
	return names[g]
}

// MarshalText implements encoding.TextMarshaler.
func (g Goal) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

// PortRange is a range of ports of one protocol, both ends included.
type PortRange struct {
	Protocol netpol.Protocol
	From, To uint16
}

// Destination is a goal as addresses and ports. OtherNamespaces has none: it is any
// port of any pod of another namespace.
type Destination struct {
	Goal   Goal
	Ranges []netpol.Range
	Ports  []PortRange // nil: any
	// Located: Ranges are where it is; else they are where it may be.
	Located  bool
	Note     string // what stands in the way beside policies
	Evidence []model.Evidence
}

// Destinations are the goals of a snapshot, in their order.
func Destinations(v *snapshot.View) []Destination { return destinations.Of(v, struct{}{}) }

var destinations = snapshot.Memo[struct{}, []Destination]{Name: "exposure.destinations", Compute: func(v *snapshot.View, _ struct{}) []Destination {
	return []Destination{
		{Goal: Internet, Ranges: publicRanges(), Located: true, Note: "gateways and firewalls of the network are not seen"},
		metadataService(), apiServer(v), kubelets(v), {Goal: OtherNamespaces, Located: true},
	}
}}

// notPublic are the address blocks that the internet does not route: the registries
// of special-purpose addresses of RFC 6890, as far as they are large.
func notPublic() []netip.Prefix {
	return ParsePrefixes([]string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
		"192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3", "::/3", "4000::/2", "8000::/1",
	})
}

// publicRanges are the addresses of the internet.
func publicRanges() []netpol.Range {
	var ranges []netpol.Range
	next := [2]netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}
	blocked := notPublic()
	slices.SortFunc(blocked, func(a, b netip.Prefix) int { return a.Addr().Compare(b.Addr()) })
	for _, block := range blocked {
		family := 0
		if block.Addr().Is6() {
			family = 1
		}
		if next[family].Less(block.Addr()) {
			ranges = append(ranges, netpol.Range{From: next[family], To: block.Addr().Prev()})
		}
		next[family] = last(block).Next()
	}
	return ranges
}

// metadataService is where cloud providers tell instances about themselves, and give
// out their credentials.
func metadataService() Destination {
	d := Destination{Goal: CloudMetadata, Located: true, Ports: []PortRange{{netpol.TCP, 80, 80}}, Note: "the provider may ask for a session token, a hop limit or a header"}
	for _, text := range []string{
		"169.254.169.254", // AWS, Azure, Google Cloud, OpenStack, Oracle, DigitalOcean, Hetzner
		"fd00:ec2::254",   // AWS
		"fd20:ce::254",    // Google Cloud
		"100.100.100.200", // Alibaba Cloud
		"168.63.129.16",   // Azure, WireServer
	} {
		address := netip.MustParseAddr(text)
		d.Ranges = append(d.Ranges, netpol.Range{From: address, To: address})
	}
	return d
}

// apiServer is where the Service kubernetes of the namespace default leads. Policies
// see its ends, and with some plugins its own address.
func apiServer(v *snapshot.View) Destination {
	d := Destination{Goal: APIServer, Ports: []PortRange{{netpol.TCP, 443, 443}, {netpol.TCP, 6443, 6443}}}
	add := func(object *snapshot.Object, path model.Path, text string, ports ...int32) {
		address, err := netip.ParseAddr(text)
		if err != nil {
			return
		}
		d.Ranges = append(d.Ranges, netpol.Range{From: address, To: address})
		d.Evidence = append(d.Evidence, object.Evidence(path, text))
		for _, port := range ports {
			if r := (PortRange{netpol.TCP, uint16(port), uint16(port)}); port > 0 && !slices.Contains(d.Ports, r) {
				d.Ports = append(d.Ports, r)
			}
		}
	}
	for _, object := range v.Objects(snapshot.GroupKind{Kind: "Service"}, corev1.NamespaceDefault) {
		if s, err := kinds.Services.Read(object); err == nil && object.Name == "kubernetes" {
			for i, address := range s.Spec.ClusterIPs {
				add(object, model.Path("spec.clusterIPs").Index(i), address)
			}
		}
	}
	for _, object := range v.Objects(snapshot.GroupKind{Group: "discovery.k8s.io", Kind: "EndpointSlice"}, corev1.NamespaceDefault) {
		slice, err := endpointSlices.Read(object)
		if err != nil || slice.Labels[discoveryv1.LabelServiceName] != "kubernetes" {
			continue
		}
		var ports []int32
		for i := range slice.Ports {
			if slice.Ports[i].Port != nil {
				ports = append(ports, *slice.Ports[i].Port)
			}
		}
		for i := range slice.Endpoints {
			for j, address := range slice.Endpoints[i].Addresses {
				add(object, (model.Path("endpoints").Index(i) + ".addresses").Index(j), address, ports...)
				d.Located = true
			}
		}
	}
	if !d.Located {
		d.Ranges, d.Note = everywhere(), "the addresses of the API server are not known"
	}
	return d
}

// kubelets are the nodes: their authenticated port, and the read-only one.
func kubelets(v *snapshot.View) Destination {
	d := Destination{Goal: Kubelet, Ports: []PortRange{{netpol.TCP, 10250, 10250}, {netpol.TCP, 10255, 10255}}}
	nodes, complete := []*snapshot.Object{}, v.Snapshot().Listed(model.Scope{Kind: "Node"}) && !v.Unread(model.Scope{Kind: "Node"})
	nodes = append(nodes, v.Objects(snapshot.GroupKind{Kind: "Node"}, "")...)
	for _, object := range nodes {
		node, err := kinds.Nodes.Read(object)
		if err != nil {
			complete = false
			continue
		}
		for i := range node.Status.Addresses {
			a := &node.Status.Addresses[i]
			if address, err := netip.ParseAddr(a.Address); err == nil && a.Type != corev1.NodeHostName {
				d.Ranges = append(d.Ranges, netpol.Range{From: address, To: address})
				d.Evidence = append(d.Evidence, object.Evidence(model.Path("status.addresses").Index(i)+".address", a.Address))
			}
		}
	}
	d.Located = complete && len(d.Ranges) > 0
	if !d.Located {
		d.Ranges, d.Note = everywhere(), "the addresses of the nodes are not known"
	}
	return d
}

// Outbound says whether policies let the pods of a workload reach a destination.
func (l *PolicyLayer) Outbound(w *workload.Workload, d *Destination) Passage {
	ends := l.endsOf(w)
	switch {
	case l.none:
		return Passage{Verdict: netpol.Allowed}
	case len(ends) == 0:
		return Passage{Note: "policies could not be asked about " + w.Object.ID.String()}
	}
	best := Passage{Verdict: netpol.Denied}
	for i, e := range ends {
		one := l.outOf(e, d)
		if i == 0 || surer(one.Verdict, best.Verdict) {
			best = one
		}
	}
	return best
}

func (l *PolicyLayer) outOf(e *netpol.End, d *Destination) Passage {
	if d.Goal == OtherNamespaces {
		if !l.several {
			return Passage{Note: "no pods of another namespace were read"}
		}
		if c, ok := l.across[e]; ok {
			return Passage{Verdict: c.Verdict, witness: &c}
		}
		// TEST-NET-1 (RFC 5737) stands for a pod that was not supplied: no rule is for it.
		stranger := netpol.Outside(netip.AddrFrom4([4]byte{192, 0, 2, 1}))
		if l.partial && !l.shut(&netpol.Connection{Src: netpol.Of(e), Dst: stranger, Protocol: netpol.TCP, From: 443}, netpol.Egress) {
			return Passage{Note: "none of the pods that were supplied, but there are others"}
		}
		return Passage{Verdict: netpol.Denied}
	}
	found := Passage{Verdict: netpol.Denied}
	var through []netpol.Range
	for i := range l.out[e] {
		c := &l.out[e][i]
		port, meets := d.port(c)
		for _, r := range d.Ranges {
			shared, near := common(r, c.Dst.Range)
			if !meets || !near {
				continue
			}
			if c.Verdict == netpol.Allowed {
				through = append(through, shared)
			}
			if surer(c.Verdict, found.Verdict) {
				found.Verdict = c.Verdict
				found.witness = &netpol.Connection{Src: c.Src, Dst: netpol.Outside(shared.From), Protocol: c.Protocol, From: port, To: port}
			}
		}
	}
	if found.witness == nil && len(d.Ranges) > 0 {
		port := PortRange{netpol.TCP, 443, 443}
		if len(d.Ports) > 0 {
			port = d.Ports[0]
		}
		found.witness = &netpol.Connection{Src: netpol.Of(e), Dst: netpol.Outside(d.Ranges[0].From), Protocol: port.Protocol, From: port.From, To: port.From}
	}
	if !d.Located && found.Verdict == netpol.Allowed && !slices.Equal(merge(through), everywhere()) {
		return Passage{Verdict: netpol.Unknown, witness: found.witness, Note: d.Note}
	}
	return found
}

// port is one that a connection and the destination have in common.
func (d *Destination) port(c *netpol.Connection) (uint16, bool) {
	if len(d.Ports) == 0 {
		return max(c.From, 1), true
	}
	for _, p := range d.Ports {
		if p.Protocol == c.Protocol && p.From <= c.To && c.From <= p.To {
			return max(p.From, c.From), true
		}
	}
	return 0, false
}
