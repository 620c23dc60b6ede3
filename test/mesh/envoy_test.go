package mesh

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"

	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	rbacv3 "github.com/envoyproxy/go-control-plane/envoy/config/rbac/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	rbachttp "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/rbac/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	rbactcp "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/rbac/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"istio.io/istio/pkg/wellknown"
)

// connection is what reaches the proxy of a server: one request or a stream of bytes.
type connection struct {
	port     uint32
	mutual   bool   // mutual TLS of the mesh
	ownTLS   bool   // TLS with a certificate of somebody else, or none
	identity string // of the client: TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT; "" in the clear
	alpn     string // that the proxy of the client offers
	sni      string
	http     bool

	source, remote, destination netip.Addr

	method, path, host string
	headers            map[string]string
	token              map[string]string // claims; nil for none
}

// answer is what becomes of a connection.
type answer uint8

const (
	refused answer = iota // no TLS that both ends speak
	garbled               // bytes that are no HTTP at a port of HTTP
	denied
	asked // an extension decides
	allowed
)

func (a answer) String() string {
	return [...]string{"refused", "garbled", "denied", "asked", "allowed"}[a]
}

// envoy matches connections against configurations, and keeps what it decoded of them.
type envoy struct {
	testing.TB
	messages    map[*anypb.Any]proto.Message
	expressions map[string]*regexp.Regexp
}

// inbound is what the listener of a server makes of a connection.
func (e *envoy) inbound(listener *listenerv3.Listener, c *connection) answer {
	chain := chainOf(listener, c)
	if chain == nil || c.mutual != (chain.GetTransportSocket() != nil) {
		return refused // every chain with TLS asks for a certificate of the mesh
	}
	result := allowed
	for _, filter := range chain.Filters {
		switch filter.Name {
		case wellknown.RoleBasedAccessControl:
			config := decoded[*rbactcp.RBAC](e, filter.GetTypedConfig())
			result = min(result, e.enforce(config.Rules, config.ShadowRules, config.ShadowRulesStatPrefix, c))
		case wellknown.HTTPConnectionManager:
			if !c.http || c.ownTLS {
				return garbled
			}
			config := decoded[*hcmv3.HttpConnectionManager](e, filter.GetTypedConfig())
			result = min(result, e.requests(config, c))
		}
	}
	return result
}

func (e *envoy) requests(config *hcmv3.HttpConnectionManager, c *connection) answer {
	result := allowed
	for _, filter := range config.HttpFilters {
		if filter.Name == wellknown.HTTPRoleBasedAccessControl {
			config := decoded[*rbachttp.RBAC](e, filter.GetTypedConfig())
			result = min(result, e.enforce(config.Rules, config.ShadowRules, config.ShadowRulesStatPrefix, c))
		}
	}
	return result
}

// chainOf finds the filter chain as Envoy does: by port, transport, then application
// protocol; what is more specific hides what is less.
func chainOf(listener *listenerv3.Listener, c *connection) *listenerv3.FilterChain {
	transport, application := "raw_buffer", ""
	switch {
	case c.mutual:
		transport, application = "tls", c.alpn
	case c.ownTLS:
		transport = "tls"
	case c.http:
		application = "http/1.1"
	}
	chains := narrow(listener.FilterChains, func(m *listenerv3.FilterChainMatch) (bool, bool) {
		return m.GetDestinationPort().GetValue() == c.port, m.GetDestinationPort() == nil
	})
	chains = narrow(chains, func(m *listenerv3.FilterChainMatch) (bool, bool) {
		return m.GetTransportProtocol() == transport, m.GetTransportProtocol() == ""
	})
	chains = narrow(chains, func(m *listenerv3.FilterChainMatch) (bool, bool) {
		return slices.Contains(m.GetApplicationProtocols(), application), len(m.GetApplicationProtocols()) == 0
	})
	if len(chains) == 0 {
		return nil
	}
	return chains[0]
}

func narrow(chains []*listenerv3.FilterChain, match func(*listenerv3.FilterChainMatch) (exact, any bool)) []*listenerv3.FilterChain {
	var exact, rest []*listenerv3.FilterChain
	for _, chain := range chains {
		switch is, all := match(chain.FilterChainMatch); {
		case is:
			exact = append(exact, chain)
		case all:
			rest = append(rest, chain)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return rest
}

// enforce evaluates one filter. Rules in the shadow decide whom an extension is asked about.
func (e *envoy) enforce(rules, shadow *rbacv3.RBAC, prefix string, c *connection) answer {
	if rules != nil && rules.Action != rbacv3.RBAC_LOG {
		if e.met(rules, c) != (rules.Action == rbacv3.RBAC_ALLOW) {
			return denied
		}
	}
	if shadow != nil && prefix == "istio_ext_authz_" && e.met(shadow, c) {
		return asked
	}
	return allowed
}

func (e *envoy) met(rules *rbacv3.RBAC, c *connection) bool {
	for _, policy := range rules.Policies {
		permits := func(p *rbacv3.Permission) bool { return e.permitted(p, c) }
		is := func(p *rbacv3.Principal) bool { return e.principal(p, c) }
		if slices.ContainsFunc(policy.Permissions, permits) && slices.ContainsFunc(policy.Principals, is) {
			return true
		}
	}
	return false
}

func (e *envoy) permitted(p *rbacv3.Permission, c *connection) bool {
	holds := func(p *rbacv3.Permission) bool { return e.permitted(p, c) }
	switch rule := p.Rule.(type) {
	case *rbacv3.Permission_Any:
		return rule.Any
	case *rbacv3.Permission_AndRules:
		return !slices.ContainsFunc(rule.AndRules.Rules, func(p *rbacv3.Permission) bool { return !holds(p) })
	case *rbacv3.Permission_OrRules:
		return slices.ContainsFunc(rule.OrRules.Rules, holds)
	case *rbacv3.Permission_NotRule:
		return !holds(rule.NotRule)
	case *rbacv3.Permission_DestinationPort:
		return rule.DestinationPort == c.port
	case *rbacv3.Permission_DestinationIp:
		return within(rule.DestinationIp.AddressPrefix, rule.DestinationIp.PrefixLen.GetValue(), c.destination)
	case *rbacv3.Permission_RequestedServerName:
		return e.text(rule.RequestedServerName, c.sni)
	case *rbacv3.Permission_Header:
		return e.header(rule.Header, c)
	case *rbacv3.Permission_UrlPath:
		return e.text(rule.UrlPath.GetPath(), c.path)
	}
	e.Fatalf("permission %v is not evaluated", p)
	return false
}

func (e *envoy) principal(p *rbacv3.Principal, c *connection) bool {
	holds := func(p *rbacv3.Principal) bool { return e.principal(p, c) }
	switch is := p.Identifier.(type) {
	case *rbacv3.Principal_Any:
		return is.Any
	case *rbacv3.Principal_AndIds:
		return !slices.ContainsFunc(is.AndIds.Ids, func(p *rbacv3.Principal) bool { return !holds(p) })
	case *rbacv3.Principal_OrIds:
		return slices.ContainsFunc(is.OrIds.Ids, holds)
	case *rbacv3.Principal_NotId:
		return !holds(is.NotId)
	case *rbacv3.Principal_Authenticated_:
		return c.identity != "" && e.text(is.Authenticated.PrincipalName, "spiffe://"+c.identity)
	case *rbacv3.Principal_FilterState:
		return c.identity != "" && e.text(is.FilterState.GetStringMatch(), "spiffe://"+c.identity)
	case *rbacv3.Principal_DirectRemoteIp:
		return within(is.DirectRemoteIp.AddressPrefix, is.DirectRemoteIp.PrefixLen.GetValue(), c.source)
	case *rbacv3.Principal_RemoteIp:
		return within(is.RemoteIp.AddressPrefix, is.RemoteIp.PrefixLen.GetValue(), c.remote)
	case *rbacv3.Principal_Header:
		return e.header(is.Header, c)
	case *rbacv3.Principal_Metadata:
		path := is.Metadata.Path
		claim, known := c.token[path[len(path)-1].GetKey()]
		return known && e.value(is.Metadata.Value, claim)
	}
	e.Fatalf("principal %v is not evaluated", p)
	return false
}

func within(prefix string, length uint32, addr netip.Addr) bool {
	network, err := netip.MustParseAddr(prefix).Prefix(int(length))
	return err == nil && network.Contains(addr)
}

func (e *envoy) header(m *routev3.HeaderMatcher, c *connection) bool {
	value, present := c.headers[m.Name]
	switch m.Name {
	case ":method":
		value, present = c.method, true
	case ":authority":
		value, present = c.host, true
	}
	switch is := m.HeaderMatchSpecifier.(type) {
	case *routev3.HeaderMatcher_PresentMatch:
		return present == is.PresentMatch
	case *routev3.HeaderMatcher_StringMatch:
		return present && e.text(is.StringMatch, value)
	}
	e.Fatalf("header %v is not evaluated", m)
	return false
}

func (e *envoy) value(m *matcherv3.ValueMatcher, claim string) bool {
	switch is := m.MatchPattern.(type) {
	case *matcherv3.ValueMatcher_StringMatch:
		return e.text(is.StringMatch, claim)
	case *matcherv3.ValueMatcher_ListMatch:
		return e.value(is.ListMatch.GetOneOf(), claim)
	case *matcherv3.ValueMatcher_OrMatch:
		return slices.ContainsFunc(is.OrMatch.ValueMatchers, func(m *matcherv3.ValueMatcher) bool { return e.value(m, claim) })
	}
	e.Fatalf("value %v is not evaluated", m)
	return false
}

func (e *envoy) text(m *matcherv3.StringMatcher, s string) bool {
	fold := func(text string) string {
		if m.IgnoreCase {
			return strings.ToLower(text)
		}
		return text
	}
	switch is := m.MatchPattern.(type) {
	case *matcherv3.StringMatcher_Exact:
		return fold(is.Exact) == fold(s)
	case *matcherv3.StringMatcher_Prefix:
		return strings.HasPrefix(fold(s), fold(is.Prefix))
	case *matcherv3.StringMatcher_Suffix:
		return strings.HasSuffix(fold(s), fold(is.Suffix))
	case *matcherv3.StringMatcher_SafeRegex:
		return e.expression(is.SafeRegex.Regex).MatchString(s)
	}
	e.Fatalf("string %v is not evaluated", m)
	return false
}

// expression compiles a regular expression, of which Envoy matches the whole.
func (e *envoy) expression(text string) *regexp.Regexp {
	known := e.expressions[text]
	if known == nil {
		known = regexp.MustCompile("^(?:" + text + ")$")
		e.expressions[text] = known
	}
	return known
}

func decoded[M proto.Message](e *envoy, config *anypb.Any) M {
	e.Helper()
	known := e.messages[config]
	if known == nil {
		var err error
		if known, err = config.UnmarshalNew(); err != nil {
			e.Fatal(err)
		}
		e.messages[config] = known
	}
	return known.(M)
}
