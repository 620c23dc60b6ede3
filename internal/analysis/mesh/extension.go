package mesh

import (
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// extensions are the extension providers that the CUSTOM policies of an enforcement
// point name.
type extensions struct {
	names  []string
	known  map[string]extensionProvider // those of the mesh configuration; nil when there is none
	exists func(host string) bool       // whether there is a Service for certain
}

// extensionProvider is one of the mesh configuration (istio.io/api mesh/v1alpha1,
// MeshConfig.ExtensionProvider), as far as it decides about requests.
type extensionProvider struct {
	Name string            `json:"name"`
	HTTP *extensionService `json:"envoyExtAuthzHttp"`
	GRPC *extensionService `json:"envoyExtAuthzGrpc"`
}

func (p extensionProvider) equal(other extensionProvider) bool {
	same := func(a, b *extensionService) bool { return a == b || a != nil && b != nil && *a == *b }
	return same(p.HTTP, other.HTTP) && same(p.GRPC, other.GRPC)
}

type extensionService struct {
	Service string `json:"service"`
}

func (m *Mesh) extensionsOf(policies []authorizationPolicy, config *istioSettings) extensions {
	e := extensions{known: config.Providers, exists: func(host string) bool {
		if _, full, ok := strings.Cut(host, "/"); ok {
			host = full
		}
		name, namespace, ok := HostService(host, "")
		_, _, presence := snapshot.Get(m.view, kinds.Services, namespace, name)
		return ok && presence == snapshot.Present
	}}
	for i := range policies {
		if p := &policies[i]; p.Unread == nil && p.Spec.Action == "CUSTOM" && !dryRun(p) {
			e.names = appendNew(e.names, p.Spec.provider())
		}
	}
	return e
}

// provider is the name of the extension that a policy asks.
func (p *AuthorizationPolicy) provider() string {
	if p.Provider == nil {
		return ""
	}
	return p.Provider.Name
}

// custom leaves matching requests to an extension, which may let them through. istiod
// denies them where the mesh configuration does not have the extension or there is no
// such Service, and where policies name several, unless it is told to allow that; it
// does not ask extensions for HTTP about what is no HTTP (pilot/pkg/security/authz/builder,
// buildHTTP and buildTCP).
func (d *decider) custom(p *authorizationPolicy, q *request) {
	name := p.Spec.provider()
	provider, found := d.asks.known[name]
	if provider.HTTP != nil && q.protocol == TCP && d.asks.exists(provider.HTTP.Service) {
		return
	}
	allows := when("the extension provider " + name + " allows it")
	if provider.HTTP != nil && q.protocol == Detected {
		allows = some(allows, when(noHTTP))
	}
	for i := range p.Spec.Rules {
		t := q.rule(&p.Spec.Rules[i], p.object.Namespace, true)
		switch {
		case t.value == never:
			continue
		case t.value == unknown || len(d.asks.names) > 1 || provider.HTTP != nil && q.protocol == TCP:
			d.uncertain = true
			d.because = append(d.because, open(ruleReason(p, i, "may ask the extension provider "+name)))
			continue
		case d.asks.known != nil && (!found || provider.HTTP == nil && provider.GRPC == nil):
			d.denyRule(p, i, t, "denies, for the mesh configuration has no extension provider "+name)
			continue
		case t.value == always:
			d.must = every(d.must, allows)
		default:
			d.must = every(d.must, some(not(t), allows))
		}
		d.because = append(d.because, ruleReason(p, i, "asks the extension provider "+name))
	}
	if len(d.asks.names) > 1 {
		names := slices.Sorted(slices.Values(d.asks.names))
		d.because = append(d.because, Reason{Text: "several extension providers are asked, which istiod allows when it is told to: " + words(names), Object: p.object, Path: "spec.provider.name", Value: name, Open: true})
	}
}
