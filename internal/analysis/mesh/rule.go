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
	domains  []string  // the trust domain of the mesh and its aliases
	port     uint16
	protocol Protocol
	ztunnel  bool // which sees no requests, and knows no CUSTOM action
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
// (istio.io, "Authorization Policy", on TCP; pilot/pkg/security/authz/model, checkError).
// ztunnel passes over a source, an operation or a condition of which nothing is left
// (pilot ambient/authorization.go, handleRule; ztunnel src/rbac.rs, RbacMatch::is_empty;
// istio issue 61126).
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
		terms = append(terms, q.condition(&r.When[i], namespace, denies))
	}
	if !denies && q.protocol == Detected && !q.ztunnel && r.asksAboutRequests(false) && !r.asksInAnyCase() {
		terms = append(terms, when("it is HTTP"))
	}
	return every(terms...)
}

// asksInAnyCase reports whether nothing meets a rule that is no request.
func (r *authorizationRule) asksInAnyCase() bool {
	about := func(r authorizationRule) bool { return r.asksAboutRequests(false) }
	sources, operations := len(r.From) > 0, len(r.To) > 0
	for i := range r.From {
		sources = sources && about(authorizationRule{From: r.From[i : i+1]})
	}
	for i := range r.To {
		operations = operations && about(authorizationRule{To: r.To[i : i+1]})
	}
	return sources || operations || about(authorizationRule{When: r.When})
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
	return slices.ContainsFunc(r.When, func(c ruleCondition) bool {
		if ztunnel {
			return !atZtunnel(c.Key)
		}
		return strings.HasPrefix(c.Key, "request.")
	})
}

// atZtunnel reports whether ztunnel knows an attribute (ambient/authorization.go,
// l4WhenAttributes).
func atZtunnel(key string) bool {
	switch key {
	case "source.ip", "source.namespace", "source.principal", "destination.ip", "destination.port":
		return true
	}
	return false
}

func (q *request) source(s *ruleSource, namespace string, denies bool) truth {
	if q.ztunnel && len(s.Principals)+len(s.NotPrincipals)+len(s.Namespaces)+len(s.NotNamespaces)+len(s.ServiceAccounts)+len(s.NotServiceAccounts)+len(s.IPBlocks)+len(s.NotIPBlocks) == 0 {
		return truthOf(false)
	}
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
	if q.ztunnel && len(o.Ports)+len(o.NotPorts) == 0 {
		return truthOf(false)
	}
	return every(
		q.either(o.Ports, o.NotPorts, q.hasPort),
		q.ofRequest("the host", o.Hosts, o.NotHosts, denies),
		q.ofRequest("the method", o.Methods, o.NotMethods, denies),
		q.ofRequest("the path", o.Paths, o.NotPaths, denies),
	)
}

// condition is about an attribute (istio.io, reference of conditions). Of one that is
// not known, nobody knows.
func (q *request) condition(c *ruleCondition, namespace string, denies bool) truth {
	if q.ztunnel && !atZtunnel(c.Key) {
		return truthOf(false)
	}
	connection := func(match func([]string) truth) truth { return q.either(c.Values, c.NotValues, match) }
	switch c.Key {
	case "source.principal":
		return connection(q.hasPrincipal)
	case "source.namespace":
		return connection(q.hasNamespace)
	case "source.serviceAccount":
		return connection(func(list []string) truth { return q.hasAccount(list, namespace) })
	case "destination.port":
		return connection(q.hasPort)
	case "source.ip":
		return connection(func(list []string) truth { return fromAddress("the source address", list) })
	case "destination.ip":
		return connection(func(list []string) truth { return fromAddress("the destination address", list) })
	case "remote.ip":
		return q.ofConnection(c.Values, c.NotValues, denies)
	case "connection.sni":
		return connection(func(list []string) truth { return whenField(c.Key, is, list) })
	case "request.auth.principal", "request.auth.audiences", "request.auth.presenter":
		return q.ofRequest(c.Key, c.Values, c.NotValues, denies)
	}
	switch {
	case strings.HasPrefix(c.Key, "experimental.envoy.filters."):
		return connection(func(list []string) truth { return whenField(c.Key, is, list) })
	case strings.HasPrefix(c.Key, "request.headers[") || strings.HasPrefix(c.Key, "request.auth.claims["):
		return q.ofRequest(c.Key, c.Values, c.NotValues, denies)
	default:
		return truth{}
	}
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
	var asked []truth
	if len(yes) > 0 {
		asked = append(asked, whenField(what, is, yes))
	}
	if len(no) > 0 {
		asked = append(asked, whenField(what, isNot, no))
	}
	if denies && q.protocol == Detected {
		return some(every(asked...), when(noHTTP))
	}
	return every(asked...)
}

// words joins the values of a list, of which the order says nothing.
func words(list []string) string {
	sorted := slices.Clone(list)
	slices.Sort(sorted)
	return strings.Join(slices.Compact(sorted), ", ")
}

// hasPrincipal matches the identity of the client, which connections in the clear do
// not have.
func (q *request) hasPrincipal(list []string) truth {
	if !q.known {
		return truth{}
	}
	return truthOf(q.from != nil && slices.ContainsFunc(list, func(p string) bool {
		if q.ztunnel { // for which istiod migrates nothing
			return matches(p, q.from.String())
		}
		return slices.ContainsFunc(inDomains(p, q.domains), func(p string) bool { return matches(p, q.from.String()) })
	}))
}

// inDomains are the principals that istiod makes of one: where it names the trust
// domain of the mesh, an alias, or cluster.local, each of these (istio
// pilot/pkg/security/trustdomain, ReplaceTrustDomainAliases).
func inDomains(principal string, domains []string) []string {
	named, rest, _ := strings.Cut(principal, "/")
	alike := func(domain string) bool { return matches(named, domain) || matches(domain, named) }
	if strings.Count(rest, "/") != 3 || named == "*" || named != defaultTrustDomain && !slices.ContainsFunc(domains, alike) {
		return []string{principal}
	}
	suffix, wild := strings.CutPrefix(named, "*")
	var list []string
	for _, domain := range domains {
		if wild && strings.HasSuffix(domain, suffix) {
			list = append(list, principal)
		} else {
			list = append(list, domain+"/"+rest)
		}
	}
	return list
}

// hasNamespace matches the namespace of the client; Envoy takes * anywhere for any text
// (pilot/pkg/security/authz/model, srcNamespaceGenerator), ztunnel at an end.
func (q *request) hasNamespace(list []string) truth {
	if !q.known {
		return truth{}
	}
	match := globbed
	if q.ztunnel {
		match = matches
	}
	return truthOf(q.from != nil && slices.ContainsFunc(list, func(p string) bool { return match(p, q.from.namespace) }))
}

// globbed reports whether a value is a pattern's literal parts in order, with any text
// for each *.
func globbed(pattern, value string) bool {
	parts := strings.Split(pattern, "*")
	rest, ok := strings.CutPrefix(value, parts[0])
	for _, part := range parts[1:] {
		at := strings.Index(rest, part)
		if !ok || at < 0 {
			return false
		}
		rest = rest[at+len(part):]
	}
	last := parts[len(parts)-1]
	return ok && (rest == "" || len(parts) > 1 && strings.HasSuffix(value, last) && len(value) >= len(parts[0])+len(last))
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
	return whenField(what, isIn, list)
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
