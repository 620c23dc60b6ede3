package mesh

import (
	"slices"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// authorises reports whether a ServerAuthorization is for a Server: by its name, or
// by its labels.
func authorises(a *item[LinkerdServerAuthorization], s *item[LinkerdServer]) truth {
	if a.Unread != nil {
		return truth{}
	}
	if a.Spec.Server.Name != "" {
		return truthOf(a.Spec.Server.Name == s.object.Name)
	}
	if a.Spec.Server.Selector == nil {
		return truthOf(true)
	}
	selector, err := metav1.LabelSelectorAsSelector(a.Spec.Server.Selector)
	if err != nil {
		return truth{}
	}
	return truthOf(selector.Matches(labels.Set(s.Labels)))
}

// ofClient reports whether a ServerAuthorization lets a client in: from its networks, by
// default those of the cluster, and with the TLS that it wants (linkerd2
// policy-controller/grpc, to_authz; policy-controller/k8s/index, client_authz).
func (m *Mesh) ofClient(q *linkerdRequest, a *item[LinkerdServerAuthorization]) truth {
	from := m.inCluster(q)
	if len(a.Spec.Client.Networks) > 0 {
		from = inNetworks(a.Spec.Client.Networks)
	}
	tls := a.Spec.Client.MeshTLS
	switch {
	case a.Spec.Client.Unauthenticated:
		return from
	case tls == nil:
		return truthOf(false)
	case tls.UnauthenticatedTLS:
		return every(from, truthOf(q.identity != ""))
	}
	var accounts []string
	for _, account := range tls.ServiceAccounts {
		accounts = append(accounts, m.accountName(account.Namespace, account.Name, a.object.Namespace))
	}
	return every(from, some(identified(q, accounts), m.named(q, tls.Identities)))
}

// accountName is the identity of a service account, by default of the policy's namespace.
func (m *Mesh) accountName(namespace, name, own string) string {
	if namespace == "" {
		namespace = own
	}
	return m.linkerdIdentity(namespace, name)
}

// identified reports whether the client has one of the identities. A leading * stands
// for any start; alone it stands for every meshed client.
func identified(q *linkerdRequest, names []string) truth {
	return truthOf(q.identity != "" && slices.ContainsFunc(names, func(name string) bool {
		suffix, wild := strings.CutPrefix(name, "*")
		return name == q.identity || wild && strings.HasSuffix(q.identity, suffix)
	}))
}

// named is identified for names as a policy writes them, with the trust domain, which
// must be known to compare them.
func (m *Mesh) named(q *linkerdRequest, names []string) truth {
	if q.identity != "" && len(names) > 0 && !slices.Contains(names, "*") && !linkerdConfig.Of(m.view, struct{}{}).Known {
		return truth{}
	}
	return identified(q, names)
}

// proved reports whether a client meets every authentication that a policy requires;
// requiring none lets everybody in. One that does not exist makes the policy void, and
// so do two of identities or two of networks (linkerd2 policy-controller/k8s/index,
// policy_client_authz).
func (m *Mesh) proved(q *linkerdRequest, p *item[LinkerdAuthorizationPolicy], all *linkerdPolicies) truth {
	result, networks := truthOf(true), 0
	for _, ref := range p.Spec.RequiredAuthenticationRefs {
		if ref.Kind == "NetworkAuthentication" {
			networks++
		}
		if networks > 1 || len(p.Spec.RequiredAuthenticationRefs)-networks > 1 {
			result = truthOf(false)
		}
		result = every(result, m.meets(q, &ref, p.object.Namespace, all))
	}
	return result
}

func (m *Mesh) meets(q *linkerdRequest, ref *linkerdRef, own string, all *linkerdPolicies) truth {
	namespace := ref.Namespace
	if namespace == "" {
		namespace = own
	}
	switch {
	case ref.Kind == "ServiceAccount" && (ref.Group == "" || ref.Group == "core"):
		return identified(q, []string{m.linkerdIdentity(namespace, ref.Name)})
	case ref.Kind == "MeshTLSAuthentication" && ref.Group == linkerdGroup:
		for _, a := range all.meshTLS {
			if a.object.Namespace == namespace && a.object.Name == ref.Name {
				return m.meetsTLS(q, &a)
			}
		}
		return truthOf(false)
	case ref.Kind == "NetworkAuthentication" && ref.Group == linkerdGroup:
		for _, a := range all.networks {
			if a.object.Namespace == namespace && a.object.Name == ref.Name {
				if a.Unread != nil {
					return truth{}
				}
				return inNetworks(a.Spec.Networks)
			}
		}
		return truthOf(false)
	default:
		return truth{}
	}
}

func (m *Mesh) meetsTLS(q *linkerdRequest, a *item[LinkerdMeshTLSAuthentication]) truth {
	if a.Unread != nil {
		return truth{}
	}
	var names []string
	for _, ref := range a.Spec.IdentityRefs {
		switch ref.Kind {
		case "ServiceAccount":
			names = append(names, m.accountName(ref.Namespace, ref.Name, a.object.Namespace))
		case "Namespace":
			names = append(names, m.linkerdIdentity(ref.Name, "*"))
		default:
			return truth{}
		}
	}
	return some(identified(q, names), m.named(q, a.Spec.Identities))
}

// inNetworks is about the address of a client, which nobody knows before it runs.
func inNetworks(networks []linkerdNetwork) truth {
	var within []truth
	var everywhere []string
	for _, n := range networks {
		if len(n.Except) == 0 {
			everywhere = append(everywhere, n.CIDR)
			continue
		}
		within = append(within, every(fromAddress("the source address", []string{n.CIDR}), not(fromAddress("the source address", n.Except))))
	}
	if len(everywhere) > 0 {
		within = append(within, fromAddress("the source address", everywhere))
	}
	return some(within...)
}

func parsePort(text string) (uint16, error) {
	port, err := strconv.ParseUint(strings.TrimSpace(text), 10, 16)
	return uint16(port), err
}
