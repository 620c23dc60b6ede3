package generate

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"holdfast.dev/holdfast/internal/analysis/netpol"
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/model"
)

// Declare adds the connections that manifests name: Services in variables, arguments
// and ConfigMaps of workloads, and what Ingresses, routes and Services let in from
// outside. What a program has built in, and what Secrets hold, no manifest shows.
func (c *Collector) Declare() {
	c.manifests = true
	for _, u := range c.survey.units {
		w := workload.Of(c.view, u.object)
		if w == nil || u.object.Implied {
			continue
		}
		found, unread := settingsOf(c.view, w)
		for _, why := range slices.Compact(slices.Sorted(slices.Values(unread))) {
			c.miss(u, "", why)
		}
		for i := range found {
			for _, s := range found[i].list {
				c.declare(u, &found[i], s)
			}
		}
	}
	c.expose()
	c.notes = append(c.notes, "what programs have built in, no manifest declares: compare with flows")
}

func (c *Collector) miss(u *unit, path, why string) {
	gap := model.Gap{Scope: u.object.Scope(), Reason: u.String() + ": " + why}
	if u.object.InFile() {
		gap.File, gap.Line = u.object.Origin.File, u.object.Origin.Line
		if line := u.object.Line(model.Path(path)); path != "" && line > 0 {
			gap.Line = line
		}
	}
	c.gaps = append(c.gaps, gap)
}

// declare adds the servers that one setting names.
func (c *Collector) declare(u *unit, all *settings, s setting) {
	found := references(s.value)
	for _, r := range found {
		whole := len(found) == 1 && strings.EqualFold(strings.Trim(strings.TrimSpace(s.value), "\"'"), r.host)
		if r.port == 0 {
			if port, ok := all.portBeside(s.name); ok && whole {
				r.port = port
			} else if port, ok := defaultPort(r.scheme); ok {
				r.port = port
			}
		}
		c.refer(u, all, s, r, whole)
	}
}

// refer adds one server. A word that happens to be the name of a Service counts only
// where something says that it is meant: a scheme, a port, or what the setting is
// called.
func (c *Collector) refer(u *unit, all *settings, s setting, r reference, whole bool) {
	says := r.scheme != "" || namesServer(s.name) && (whole || r.port != 0)
	evidence := all.evidence
	if s.name != "" {
		evidence += " " + s.name
	}
	if address, err := netip.ParseAddr(r.host); err == nil {
		if says {
			c.referAddress(u, address.Unmap(), r, evidence)
		}
		return
	}
	names, sure := serviceNames(r.host, u.object.Namespace)
	for _, key := range names {
		if s := c.index.services[key]; s != nil && (says || sure || r.port != 0 || strings.Contains(r.host, ".") && whole) {
			c.connect(u, s, r, says, evidence)
			return
		}
	}
	switch {
	case r.host == "localhost" || !says && !sure || strings.Contains(r.host, "redacted"):
	case all.file && !sure:
		if strings.Contains(r.host, ".") || r.port != 0 {
			c.note("%s of %s names %s, which is no Service that was supplied", evidence, u, r.host)
		}
	case sure || !strings.Contains(r.host, "."):
		if sure || r.scheme != "" || r.port != 0 {
			c.miss(u, all.evidence, evidence+" names "+r.host+", which is no Service that was supplied")
		}
	default:
		c.miss(u, all.evidence, evidence+" names "+r.host+", outside the cluster: a NetworkPolicy names addresses only")
	}
}

func (c *Collector) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(c.notes, text) {
		c.notes = append(c.notes, text)
	}
}

func (c *Collector) referAddress(u *unit, address netip.Addr, r reference, evidence string) {
	if address.IsLoopback() || address.IsUnspecified() {
		return
	}
	if r.port == 0 {
		c.miss(u, "", evidence+" names "+r.host+" without a port")
		return
	}
	if s := c.index.clusterIP[address]; s != nil {
		c.connect(u, s, r, true, evidence)
		return
	}
	to, at, why := c.resolveAddress(&Side{Address: address})
	if why != "" {
		c.miss(u, "", evidence+": "+why)
		return
	}
	c.allow(u, netpol.TCP, []target{{unit: to, address: at, port: r.port}}, evidence)
}

// connect lets a workload connect to a Service: on the port that is said, else on the
// only one, else on all.
func (c *Collector) connect(u *unit, s *service, r reference, says bool, evidence string) {
	type listed struct {
		protocol netpol.Protocol
		port     uint16
	}
	var ports []listed
	for i := range s.spec.Ports {
		p := &s.spec.Ports[i]
		protocol, ok := netpol.ParseProtocol(string(p.Protocol))
		if ok && p.Port > 0 && p.Port <= 65535 && (r.port == 0 || p.Port == int32(r.port)) {
			ports = append(ports, listed{protocol, uint16(p.Port)})
		}
	}
	switch {
	case len(ports) == 0 && s.spec.ClusterIP != corev1.ClusterIPNone && s.spec.Type != corev1.ServiceTypeExternalName && !says:
		return // "redis:7" may be a version
	case len(ports) == 0:
		ports = []listed{{netpol.TCP, r.port}}
	case r.port == 0 && len(ports) > 1:
		c.note("%s of %s names %s without a port: all of its ports are allowed", evidence, u, s.object.ID)
	}
	for _, p := range ports {
		found, why := c.index.targets(s, p.protocol, p.port)
		if why != "" {
			c.miss(u, "", evidence+": "+why)
		}
		c.allow(u, p.protocol, found, evidence)
	}
}

func (c *Collector) allow(u *unit, protocol netpol.Protocol, found []target, evidence string) {
	sources := c.placed(party{unit: u})
	if len(sources) == 0 {
		c.miss(u, "", "it is in the network of its nodes, whose addresses are not known: nobody can let it in by them")
	}
	for _, t := range found {
		to := party{unit: t.unit}
		if t.unit == nil {
			to.block = single(t.address)
		}
		if t.unit == u && !u.replicated() {
			continue
		}
		for _, src := range sources {
			for _, dst := range c.placed(to) {
				c.wanted.add(link{src: src, dst: dst, protocol: protocol, port: t.port}, Declared, evidence, Place{})
			}
		}
	}
}
