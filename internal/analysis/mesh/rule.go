package mesh

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// request is what an enforcement point knows of the connections of a client.
type request struct {
	from     *identity // nil: none
	known    bool      // whether there is an identity is known
	domains  []string  // trust domains that count as the mesh's own
	port     uint16
	protocol Protocol
	ztunnel  bool // which sees no requests, and knows no CUSTOM action

	// portUnsure: the enforcement point sees the port of the Service or of the pod.
	portUnsure bool
}

// identity is what the certificate of a client of Istio says.
type identity struct{ domain, namespace, account string }

// String is the identity as policies write it.
func (i *identity) String() string {
	if i == nil {
		return ""
	}
	return i.domain + "/ns/" + i.namespace + "/sa/" + i.account
}

// seesRequests reports whether fields about HTTP can be evaluated at all.
func (q *request) seesRequests() bool { return !q.ztunnel && q.protocol != TCP }

// rule reports whether a rule matches. Where requests are not seen, a rule that asks
// about them never matches if it allows, and counts without what it asks if it denies
// (istio.io, "Authorization Policy", on TCP; pilot ambient/authorization.go, handleRule).
func (q *request) rule(r *authorizationRule, namespace string, denies bool) truth {
	if !denies && !q.seesRequests() && r.asksAboutRequests(q.ztunnel) {
		return truthOf(false)
	}
	terms := make([]truth, 0, 2+len(r.When))
	if len(r.From) > 0 {
		sources := make([]truth, len(r.From))
		for i := range r.From {
			sources[i] = q.source(&r.From[i].Source, namespace, denies)
		}
		terms = append(terms, some(sources...))
	}
	if len(r.To) > 0 {
		operations := make([]truth, len(r.To))
		for i := range r.To {
			operations[i] = q.operation(&r.To[i].Operation, denies)
		}
		terms = append(terms, some(operations...))
	}
	for i := range r.When {
		terms = append(terms, q.condition(&r.When[i], denies))
	}
	return every(terms...)
}

// asksAboutRequests reports whether a rule has a field that TCP does not carry.
// ztunnel knows no remote addresses either.
func (r *authorizationRule) asksAboutRequests(ztunnel bool) bool {
	for i := range r.From {
		s := &r.From[i].Source
		if len(s.RequestPrincipals)+len(s.NotRequestPrincipals) > 0 || ztunnel && len(s.RemoteIPBlocks)+len(s.NotRemoteIPBlocks) > 0 {
			return true
		}
	}
	for i := range r.To {
		o := &r.To[i].Operation
		if len(o.Hosts)+len(o.NotHosts)+len(o.Methods)+len(o.NotMethods)+len(o.Paths)+len(o.NotPaths) > 0 {
			return true
		}
	}
	return slices.ContainsFunc(r.When, func(c ruleCondition) bool { return !onTCP(c.Key, ztunnel) })
}

// onTCP reports whether an attribute is known of connections that are no HTTP
// (istio.io, reference of conditions; ambient/authorization.go, l4WhenAttributes).
func onTCP(key string, ztunnel bool) bool {
	switch key {
	case "source.ip", "source.namespace", "source.principal", "destination.ip", "destination.port":
		return true
	case "remote.ip", "connection.sni", "source.serviceAccount":
		return !ztunnel
	default:
		return strings.HasPrefix(key, "experimental.envoy.filters.network.") && !ztunnel
	}
}

func (q *request) source(s *ruleSource, namespace string, denies bool) truth {
	return every(
		q.either(s.Principals, s.NotPrincipals, q.hasPrincipal),
		q.either(s.Namespaces, s.NotNamespaces, q.hasNamespace),
		q.either(s.ServiceAccounts, s.NotServiceAccounts, func(list []string) truth { return q.hasAccount(list, namespace) }),
		q.either(s.IPBlocks, s.NotIPBlocks, func(list []string) truth { return fromAddress("the source address", list) }),
		q.ofConnection(s.RemoteIPBlocks, s.NotRemoteIPBlocks, denies),
		q.ofRequest("the token's subject", s.RequestPrincipals, s.NotRequestPrincipals, denies),
	)
}

// ofConnection is about the remote address, which ztunnel does not know.
func (q *request) ofConnection(yes, no []string, denies bool) truth {
	if q.ztunnel {
		return q.ofRequest("the remote address", yes, no, denies)
	}
	return q.either(yes, no, func(list []string) truth { return fromAddress("the remote address", list) })
}

func (q *request) operation(o *ruleOperation, denies bool) truth {
	return every(
		q.either(o.Ports, o.NotPorts, q.hasPort),
		q.ofRequest("the host", o.Hosts, o.NotHosts, denies),
		q.ofRequest("the method", o.Methods, o.NotMethods, denies),
		q.ofRequest("the path", o.Paths, o.NotPaths, denies),
	)
}

func (q *request) condition(c *ruleCondition, denies bool) truth {
	switch c.Key {
	case "source.principal":
		return q.either(c.Values, c.NotValues, q.hasPrincipal)
	case "source.namespace":
		return q.either(c.Values, c.NotValues, q.hasNamespace)
	case "destination.port":
		return q.either(c.Values, c.NotValues, q.hasPort)
	case "source.ip":
		return q.either(c.Values, c.NotValues, func(list []string) truth { return fromAddress("the source address", list) })
	case "destination.ip":
		return q.either(c.Values, c.NotValues, func(list []string) truth { return fromAddress("the destination address", list) })
	case "remote.ip":
		return q.ofConnection(c.Values, c.NotValues, denies)
	}
	if onTCP(c.Key, q.ztunnel) {
		return q.either(c.Values, c.NotValues, func(list []string) truth { return when(c.Key + " is " + words(list)) })
	}
	return q.ofRequest(c.Key, c.Values, c.NotValues, denies)
}

// either applies a list that must match and one that must not; an absent list asks nothing.
func (q *request) either(yes, no []string, match func([]string) truth) truth {
	result := truthOf(true)
	if len(yes) > 0 {
		result = every(result, match(yes))
	}
	if len(no) > 0 {
		result = every(result, not(match(no)))
	}
	return result
}

// ofRequest is about a field of HTTP. Rules that deny match what is no HTTP.
func (q *request) ofRequest(what string, yes, no []string, denies bool) truth {
	if len(yes)+len(no) == 0 {
		return truthOf(true)
	}
	if !q.seesRequests() {
		return truthOf(denies)
	}
	var conditions []string
	if len(yes) > 0 {
		conditions = append(conditions, what+" is "+words(yes))
	}
	if len(no) > 0 {
		conditions = append(conditions, what+" is not "+words(no))
	}
	condition := allOf(conditions)
	if denies && q.protocol == Detected {
		condition = anyOf([]string{condition, "it is no HTTP"})
	}
	return when(condition)
}

func words(list []string) string { return strings.Join(list, ", ") }

// hasPrincipal matches the identity of the client, which connections in the clear do
// not have. The trust domain of the mesh, its aliases and cluster.local stand for one
// another (istio pilot/pkg/security/trustdomain).
func (q *request) hasPrincipal(list []string) truth {
	if !q.known {
		return truth{}
	}
	if q.from == nil {
		return truthOf(false)
	}
	for _, domain := range append([]string{q.from.domain}, q.domains...) {
		name := identity{domain: domain, namespace: q.from.namespace, account: q.from.account}
		if slices.ContainsFunc(list, func(p string) bool { return matches(p, name.String()) }) {
			return truthOf(true)
		}
	}
	return truthOf(false)
}

func (q *request) hasNamespace(list []string) truth {
	if !q.known {
		return truth{}
	}
	return truthOf(q.from != nil && slices.ContainsFunc(list, func(p string) bool { return matches(p, q.from.namespace) }))
}

// hasAccount matches NAMESPACE/ACCOUNT, or ACCOUNT of the policy's namespace.
func (q *request) hasAccount(list []string, namespace string) truth {
	if !q.known {
		return truth{}
	}
	for _, entry := range list {
		ns, account, ok := strings.Cut(entry, "/")
		if !ok {
			ns, account = namespace, entry
		}
		if q.from != nil && ns == q.from.namespace && account == q.from.account {
			return truthOf(true)
		}
	}
	return truthOf(false)
}

func (q *request) hasPort(list []string) truth {
	for _, entry := range list {
		if _, err := strconv.ParseUint(entry, 10, 16); err != nil {
			return truth{}
		}
	}
	if q.portUnsure {
		return truth{}
	}
	return truthOf(slices.Contains(list, strconv.Itoa(int(q.port))))
}

// fromAddress is about an address, which nobody knows before the pod runs.
func fromAddress(what string, list []string) truth {
	var four, six bool
	for _, entry := range list {
		prefix, err := netip.ParsePrefix(entry)
		if err != nil {
			addr, err := netip.ParseAddr(entry)
			if err != nil {
				return truth{}
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		four = four || prefix.Bits() == 0 && prefix.Addr().Is4()
		six = six || prefix.Bits() == 0 && prefix.Addr().Is6()
	}
	if four && six {
		return truthOf(true)
	}
	return when(what + " is in " + words(list))
}

// matches is Istio's match of strings: exact, "prefix*", "*suffix", or "*" for
// whatever is not empty.
func matches(pattern, value string) bool {
	switch {
	case pattern == "*":
		return value != ""
	case strings.HasPrefix(pattern, "*"):
		return strings.HasSuffix(value, pattern[1:])
	case strings.HasSuffix(pattern, "*"):
		return strings.HasPrefix(value, pattern[:len(pattern)-1])
	default:
		return pattern == value
	}
}
