package mesh

import (
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/snapshot"
)

// proxyScope is what changes the proxies of Istio beyond its policies.
type proxyScope struct {
	sidecars         []item[Sidecar]
	filters          []item[EnvoyFilter]
	complete, filled bool // Sidecars and EnvoyFilters are all known
}

var proxyScopeOf = snapshot.Memo[struct{}, *proxyScope]{Name: "mesh.proxyScope", Compute: func(v *snapshot.View, _ struct{}) *proxyScope {
	s := &proxyScope{}
	s.sidecars, s.complete = list(v, Sidecars)
	s.filters, s.filled = list(v, EnvoyFilters)
	return s
}}

// sidecarFor is the Sidecar that counts for a workload: one that selects it, that of
// its namespace, that of the root namespace (istio.io, reference of Sidecar).
func (m *Mesh) sidecarFor(w *Workload) *item[Sidecar] {
	scope, root := proxyScopeOf.Of(m.view, struct{}{}), istioConfig.Of(m.view, struct{}{}).RootNamespace
	var own, namespace, mesh *item[Sidecar]
	for i := range scope.sidecars {
		s := &scope.sidecars[i]
		selector := s.Spec.WorkloadSelector
		switch {
		case s.object.Namespace == w.Namespace() && selector != nil && len(selector.Labels) > 0:
			if w.HasLabels(selector.Labels) {
				own = s
			}
		case s.object.Namespace == w.Namespace():
			namespace = s
		case s.object.Namespace == root && (selector == nil || len(selector.Labels) == 0):
			mesh = s
		}
	}
	for _, s := range []*item[Sidecar]{own, namespace, mesh} {
		if s != nil {
			return s
		}
	}
	return nil
}

// imports reports whether the proxy of a client knows a Service. Where a Sidecar
// leaves it out, what the client sends passes the proxy as it is.
func (m *Mesh) imports(client *Workload, r *route) (truth, Reason) {
	if !proxyScopeOf.Of(m.view, struct{}{}).complete {
		return truth{}, Reason{Text: "Sidecars could not be read", Open: true}
	}
	s := m.sidecarFor(client)
	if s == nil {
		return truthOf(true), Reason{}
	}
	if s.Unread != nil {
		return truth{}, s.Unread.reason(s.object)
	}
	if len(s.Spec.Egress) == 0 {
		return truthOf(true), Reason{}
	}
	for i := range s.Spec.Egress {
		if slices.ContainsFunc(s.Spec.Egress[i].Hosts, func(h string) bool { return importsHost(h, client.Namespace(), r) }) {
			return truthOf(true), Reason{}
		}
	}
	return truthOf(false), Reason{Text: "the Sidecar leaves " + r.host() + " out: what is sent there passes the proxy in the clear", Object: s.object, Path: "spec.egress"}
}

// importsHost reports whether an entry NAMESPACE/HOST of a Sidecar takes a Service in;
// . stands for the namespace of the client, in a Sidecar of the root namespace too.
func importsHost(entry, namespace string, r *route) bool {
	from, host, ok := strings.Cut(entry, "/")
	if !ok {
		return false
	}
	if from == "." {
		from = namespace
	}
	return (from == "*" || from == r.object.Namespace) && covers(host, r.host())
}

// filtered reports whether an EnvoyFilter may change how a workload's proxy connects
// or whom it lets in. One that adds filters or routes for requests does not: it can
// only refuse what is let in.
func (m *Mesh) filtered(w *Workload) (Reason, bool) {
	scope, root := proxyScopeOf.Of(m.view, struct{}{}), istioConfig.Of(m.view, struct{}{}).RootNamespace
	if !scope.filled {
		return Reason{Text: "EnvoyFilters could not be read", Open: true}, true
	}
	for i := range scope.filters {
		f := &scope.filters[i]
		if f.object.Namespace != w.Namespace() && f.object.Namespace != root || len(f.Spec.TargetRefs) > 0 && f.Unread == nil {
			continue
		}
		if selector := f.Spec.WorkloadSelector; selector != nil && !w.HasLabels(selector.Labels) {
			continue
		}
		if f.Unread != nil {
			return f.Unread.reason(f.object), true
		}
		if slices.ContainsFunc(f.Spec.ConfigPatches, (configPatch).decides) {
			return Reason{Text: "an EnvoyFilter changes the proxy", Object: f.object, Path: "spec.configPatches", Open: true}, true
		}
	}
	return Reason{}, false
}

// decides reports whether a patch may change TLS or let more in.
func (p configPatch) decides() bool {
	switch p.ApplyTo {
	case "HTTP_FILTER", "NETWORK_FILTER", "HTTP_ROUTE", "VIRTUAL_HOST", "ROUTE_CONFIGURATION", "EXTENSION_CONFIG":
		return !slices.Contains([]string{"ADD", "INSERT_BEFORE", "INSERT_AFTER", "INSERT_FIRST"}, p.Patch.Operation) &&
			!(p.Patch.Operation == "MERGE" && p.ApplyTo != "HTTP_FILTER" && p.ApplyTo != "NETWORK_FILTER")
	case "CLUSTER":
		return p.Patch.Operation != "ADD"
	default:
		return true
	}
}
