package mesh

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	_ "unsafe" // for go:linkname

	securityv1 "istio.io/api/security/v1beta1"
	securityclient "istio.io/client-go/pkg/apis/security/v1"
	"istio.io/istio/pilot/pkg/model"
	_ "istio.io/istio/pilot/pkg/serviceregistry/ambient"
	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/schema/gvk"
	"istio.io/istio/pkg/config/schema/kind"
	"istio.io/istio/pkg/workloadapi/security"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/analysis/mesh"
)

// What istiod makes of policies for ztunnel.

//go:linkname convertAuthorizationPolicy istio.io/istio/pilot/pkg/serviceregistry/ambient.convertAuthorizationPolicy
func convertAuthorizationPolicy(root string, p *securityclient.AuthorizationPolicy) (*security.Authorization, *model.StatusMessage)

//go:linkname convertPeerAuthentication istio.io/istio/pilot/pkg/serviceregistry/ambient.convertPeerAuthentication
func convertPeerAuthentication(root string, p, namespace, mesh *securityclient.PeerAuthentication) *security.Authorization

//go:linkname convertedSelectorPeerAuthentications istio.io/istio/pilot/pkg/serviceregistry/ambient.convertedSelectorPeerAuthentications
func convertedSelectorPeerAuthentications(root string, policies []*securityclient.PeerAuthentication) []string

//go:linkname getOldestPeerAuthn istio.io/istio/pilot/pkg/serviceregistry/ambient.getOldestPeerAuthn
func getOldestPeerAuthn(policies []*securityclient.PeerAuthentication) *securityclient.PeerAuthentication

// ztunnel is what istiod sends to ztunnel for one workload.
type ztunnel struct {
	modes    []*security.Authorization // of PeerAuthentications: they deny
	policies []*security.Authorization
}

// ztunnelOf gathers it as buildWorkloadPolicies does (pilot ambient/workloads.go), and
// what counts for a whole namespace or the mesh.
func (d *istiod) ztunnelOf(w *mesh.Workload) *ztunnel {
	if known := d.ztunnels[w]; known != nil {
		return known
	}
	z, root := &ztunnel{}, d.mesh.RootNamespace
	d.ztunnels[w] = z
	here := func(namespace string) bool { return namespace == root || namespace == w.Namespace() }
	for _, c := range d.kind(gvk.AuthorizationPolicy) {
		spec := c.Spec.(*securityv1.AuthorizationPolicy)
		object := &securityclient.AuthorizationPolicy{ObjectMeta: metaOf(c)}
		spec.DeepCopyInto(&object.Spec)
		policy, _ := convertAuthorizationPolicy(root, object)
		if policy == nil || !here(c.Namespace) || policy.DryRun {
			continue
		}
		if labels := spec.GetSelector().GetMatchLabels(); policy.Scope != security.Scope_WORKLOAD_SELECTOR || labels != nil && w.HasLabels(labels) {
			z.policies = append(z.policies, policy)
		}
	}
	var own []*securityclient.PeerAuthentication
	all := map[string]*securityclient.PeerAuthentication{}
	wide := map[string][]*securityclient.PeerAuthentication{}
	for _, c := range d.kind(gvk.PeerAuthentication) {
		p := &securityclient.PeerAuthentication{ObjectMeta: metaOf(c)}
		c.Spec.(*securityv1.PeerAuthentication).DeepCopyInto(&p.Spec)
		all[c.Namespace+"/"+c.Name] = p
		if p.Spec.GetSelector() == nil {
			wide[c.Namespace] = append(wide[c.Namespace], p)
		}
		if here(c.Namespace) && (p.Spec.GetSelector() == nil || c.Namespace == w.Namespace() && w.HasLabels(p.Spec.GetSelector().GetMatchLabels())) {
			own = append(own, p)
		}
	}
	for _, key := range convertedSelectorPeerAuthentications(root, own) {
		namespace, name, _ := strings.Cut(key, "/")
		if name == "istio_converted_static_strict" {
			z.modes = append(z.modes, strictly())
			continue
		}
		for id, p := range all {
			if p.Namespace == namespace && model.GetAmbientPolicyConfigName(model.ConfigKey{Kind: kind.PeerAuthentication, Namespace: p.Namespace, Name: p.Name}) == name && id != "" {
				if policy := convertPeerAuthentication(root, p, getOldestPeerAuthn(wide[p.Namespace]), getOldestPeerAuthn(wide[root])); policy != nil {
					z.modes = append(z.modes, policy)
				}
			}
		}
	}
	return z
}

// strictly is the policy that refuses what has no identity.
func strictly() *security.Authorization {
	present := &security.StringMatch{MatchType: &security.StringMatch_Presence{}}
	return &security.Authorization{Action: security.Action_DENY, Groups: []*security.Group{{Rules: []*security.Rules{{Matches: []*security.Match{{NotPrincipals: []*security.StringMatch{present}}}}}}}}
}

func metaOf(c *config.Config) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: c.Name, Namespace: c.Namespace, Annotations: c.Annotations, Labels: c.Labels, CreationTimestamp: metav1.NewTime(c.CreationTimestamp)}
}

func (d *istiod) kind(kind config.GroupVersionKind) []*config.Config {
	var found []*config.Config
	for i := range d.configs {
		if d.configs[i].GroupVersionKind == kind {
			found = append(found, &d.configs[i])
		}
	}
	return found
}

// decides is what ztunnel does with a connection (ztunnel src/state.rs, assert_rbac).
func (z *ztunnel) decides(c *connection) answer {
	meets := func(p *security.Authorization) bool { return matched(p, c) }
	if slices.ContainsFunc(z.modes, meets) {
		return refused
	}
	restricted := false
	for _, p := range z.policies {
		if p.Action == security.Action_DENY && meets(p) {
			return denied
		}
		restricted = restricted || p.Action == security.Action_ALLOW
	}
	if restricted && !slices.ContainsFunc(z.policies, func(p *security.Authorization) bool { return p.Action == security.Action_ALLOW && meets(p) }) {
		return denied
	}
	return allowed
}

// matched is what ztunnel makes of a policy: some group of which every rule has a
// match; a match that asks nothing matches nothing (ztunnel src/rbac.rs).
func matched(p *security.Authorization, c *connection) bool {
	return slices.ContainsFunc(p.Groups, func(g *security.Group) bool {
		return !slices.ContainsFunc(g.Rules, func(r *security.Rules) bool {
			return len(r.Matches) > 0 && !slices.ContainsFunc(r.Matches, func(m *security.Match) bool { return matchedBy(m, c) })
		})
	})
}

func matchedBy(m *security.Match, c *connection) bool {
	parts := strings.Split(c.identity+"////", "/") // DOMAIN/ns/NAMESPACE/sa/ACCOUNT
	namespace, account := parts[2], parts[4]
	asks := false
	both := func(asked, not int, yes, no bool) bool {
		asks = asks || asked+not > 0
		return (asked == 0 || yes) && (not == 0 || !no)
	}
	any := func(list []*security.StringMatch, s string) bool {
		return slices.ContainsFunc(list, func(m *security.StringMatch) bool { return stringMatched(m, s) })
	}
	in := func(list []*security.Address, addr netip.Addr) bool {
		return slices.ContainsFunc(list, func(a *security.Address) bool {
			network, _ := netip.AddrFromSlice(a.Address)
			prefix, err := network.Prefix(int(a.Length))
			return err == nil && prefix.Contains(addr)
		})
	}
	owns := func(list []*security.ServiceAccountMatch) bool {
		return slices.ContainsFunc(list, func(a *security.ServiceAccountMatch) bool {
			return c.identity != "" && a.Namespace == namespace && a.ServiceAccount == account
		})
	}
	meets := both(len(m.DestinationIps), len(m.NotDestinationIps), in(m.DestinationIps, c.destination), in(m.NotDestinationIps, c.destination))
	meets = both(len(m.SourceIps), len(m.NotSourceIps), in(m.SourceIps, c.source), in(m.NotSourceIps, c.source)) && meets
	meets = both(len(m.DestinationPorts), len(m.NotDestinationPorts), slices.Contains(m.DestinationPorts, c.port), slices.Contains(m.NotDestinationPorts, c.port)) && meets
	meets = both(len(m.ServiceAccounts), len(m.NotServiceAccounts), owns(m.ServiceAccounts), owns(m.NotServiceAccounts)) && meets
	meets = both(len(m.Principals), len(m.NotPrincipals), c.identity != "" && any(m.Principals, c.identity), c.identity != "" && any(m.NotPrincipals, c.identity)) && meets
	meets = both(len(m.Namespaces), len(m.NotNamespaces), any(m.Namespaces, namespace), any(m.NotNamespaces, namespace)) && meets
	return asks && meets
}

func stringMatched(m *security.StringMatch, s string) bool {
	switch is := m.MatchType.(type) {
	case *security.StringMatch_Exact:
		return is.Exact == s
	case *security.StringMatch_Prefix:
		return strings.HasPrefix(s, is.Prefix)
	case *security.StringMatch_Suffix:
		return strings.HasSuffix(s, is.Suffix)
	case *security.StringMatch_Presence:
		return s != ""
	}
	return false
}

// The matching of ztunnel is written again here: this is what its own test
// rbac_empty_policy says of it.
func TestMatchThatAsksNothing(t *testing.T) {
	empty := &security.Authorization{Groups: []*security.Group{{Rules: []*security.Rules{{Matches: []*security.Match{{}}}}}}}
	all := &security.Authorization{Groups: []*security.Group{{}}}
	if matched(empty, &connection{}) || !matched(all, &connection{}) {
		t.Error("a match that asks nothing matches, or a group without rules does not")
	}
}
