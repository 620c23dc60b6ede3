package netpol_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"sync"
	"testing"

	clustermesh "github.com/cilium/cilium/pkg/clustermesh/types"
	"github.com/cilium/cilium/pkg/crypto/certificatemanager"
	"github.com/cilium/cilium/pkg/endpoint/regeneration"
	envoypolicy "github.com/cilium/cilium/pkg/envoy/policy"
	"github.com/cilium/cilium/pkg/identity"
	"github.com/cilium/cilium/pkg/identity/identitymanager"
	ipcachetypes "github.com/cilium/cilium/pkg/ipcache/types"
	"github.com/cilium/cilium/pkg/k8s"
	ciliumv2 "github.com/cilium/cilium/pkg/k8s/apis/cilium.io/v2"
	slimcorev1 "github.com/cilium/cilium/pkg/k8s/slim/k8s/api/core/v1"
	slimnetworkingv1 "github.com/cilium/cilium/pkg/k8s/slim/k8s/api/networking/v1"
	"github.com/cilium/cilium/pkg/labels"
	"github.com/cilium/cilium/pkg/labelsfilter"
	"github.com/cilium/cilium/pkg/option"
	"github.com/cilium/cilium/pkg/policy"
	policyapi "github.com/cilium/cilium/pkg/policy/api"
	policytypes "github.com/cilium/cilium/pkg/policy/types"
	policyutils "github.com/cilium/cilium/pkg/policy/utils"
	ciliumtypes "github.com/cilium/cilium/pkg/types"
	"github.com/cilium/cilium/pkg/u8proto"

	"holdfast.dev/holdfast/internal/analysis/netpol"
)

// clusterName is what Cilium calls a cluster by default. Its policies speak of that
// cluster alone unless policy-default-local-cluster is switched off, as it was before
// Cilium 1.19; anyCluster is what Cilium then takes for its name.
const (
	clusterName = "default"
	anyCluster  = clustermesh.PolicyAnyCluster
)

// TestMain configures Cilium as its agent is by default, with both address families.
func TestMain(m *testing.M) {
	option.Config.EnableIPv4, option.Config.EnableIPv6 = true, true
	option.Config.EnableL7Proxy, option.Config.EnableICMPRules = true, true
	option.Config.ClusterName = clusterName
	option.Config.UnsafeDaemonConfigOption.AllowLocalhost = option.AllowLocalhostPolicy
	policy.SetPolicyEnabled(option.DefaultEnforcement)
	policyapi.InitEntities(clusterName)
	if err := labelsfilter.ParseLabelPrefixCfg(slog.New(slog.DiscardHandler), nil, nil, ""); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// ciliumEngine is Cilium's policy engine for one cluster.
type ciliumEngine struct {
	logger     *slog.Logger
	scope      string // clusterName or anyCluster
	repo       *policy.Repository
	identities map[string]*identity.Identity // by party
	ports      map[string]ciliumtypes.NamedPortMap
	resolved   map[string]*policy.EndpointPolicy
	namedPorts ciliumtypes.NamedPortMultiMap
	refusals   []error // of policies that Cilium does not take
}

func newCiliumEngine(t testing.TB, c *cluster, scope string) *ciliumEngine {
	t.Helper()
	e := &ciliumEngine{
		scope: scope, logger: slog.New(slog.DiscardHandler), identities: map[string]*identity.Identity{},
		ports: map[string]ciliumtypes.NamedPortMap{}, resolved: map[string]*policy.EndpointPolicy{},
	}
	e.repo = policy.NewPolicyRepository(e.logger, nil, nil,
		envoypolicy.NewEnvoyL7RulesTranslator(e.logger, certificatemanager.NewMockSecretManagerInline()),
		identitymanager.NewIDManager(e.logger), nil)
	all := identity.IdentityMap{}
	names := ciliumtypes.NewNamedPortMultiMap()
	for i, p := range c.parties() {
		if p.onNode() {
			continue
		}
		id := e.identify(t, c, p, i)
		e.identities[p.String()] = id
		all[id.ID] = id.LabelArray
		names.Update(id.ID, nil, e.ports[p.String()])
	}
	e.namedPorts = names
	for name, id := range map[string]*identity.Identity{
		"host":        identity.NewIdentity(identity.ReservedIdentityHost, labels.LabelHost),
		"remote node": identity.NewIdentity(identity.ReservedIdentityRemoteNode, labels.LabelRemoteNode),
	} {
		e.identities[name] = id
		all[id.ID] = id.LabelArray
	}
	e.repo.SetNamedPortsGetter(e)
	e.repo.GetSelectorCache().UpdateIdentities(all, nil, &sync.WaitGroup{})
	e.repo.UpdateIdentities(all, nil)
	return e
}

// identify makes the identity of a party: that of an address is the one that Cilium
// makes for the narrowest block, so that any block can tell it from others.
func (e *ciliumEngine) identify(t testing.TB, c *cluster, p party, i int) *identity.Identity {
	if p.pod == nil {
		block := netip.PrefixFrom(p.address, p.address.BitLen())
		return identity.NewIdentity(identity.IdentityScopeLocal+identity.NumericIdentity(i+1), labels.GetCIDRLabels(block))
	}
	slim := &slimcorev1.Pod{}
	convert(t, p.pod, slim)
	ports, all := k8s.GetPodMetadata(e.logger, c.namespaces[p.pod.Namespace], slim)
	e.ports[p.String()] = ports
	relevant, _ := labelsfilter.Filter(labels.Map2Labels(all, labels.LabelSourceK8s))
	return identity.NewIdentity(identity.NumericIdentity(1000+i), relevant)
}

// convert reads a value as another type of the same JSON.
func convert(t testing.TB, from, to any) {
	t.Helper()
	raw, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(raw, to)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// GetNamedPorts implements policy.NamedPortsGetter.
func (e *ciliumEngine) GetNamedPorts() ciliumtypes.NamedPortMultiMap { return e.namedPorts }

// add imports a policy of Cilium. The error says why Cilium would not take it.
func (e *ciliumEngine) add(t testing.TB, raw []byte) error {
	t.Helper()
	cnp := &ciliumv2.CiliumNetworkPolicy{}
	if err := json.Unmarshal(raw, cnp); err != nil {
		t.Fatal(err)
	}
	rules, err := cnp.Parse(e.logger, e.scope)
	if err != nil {
		return err
	}
	kind := ipcachetypes.ResourceKindCNP
	if cnp.Namespace == "" {
		kind = ipcachetypes.ResourceKindCCNP
	}
	e.repo.ReplaceByResource(policyutils.RulesToPolicyEntries(rules), ipcachetypes.NewResourceID(kind, cnp.Namespace, cnp.Name))
	return nil
}

// addPolicies imports the NetworkPolicies.
func (e *ciliumEngine) addPolicies(t testing.TB, c *cluster) {
	t.Helper()
	for _, np := range c.policies {
		slim := &slimnetworkingv1.NetworkPolicy{}
		convert(t, np, slim)
		entries, err := k8s.ParseNetworkPolicy(e.logger, e.scope, slim)
		if err != nil {
			t.Fatal(err)
		}
		e.repo.ReplaceByResource(entries, ipcachetypes.NewResourceID(ipcachetypes.ResourceKindNetpol, np.Namespace, np.Name))
	}
}

// verdict asks both sides. A node is one that runs the pod, or another: if that makes
// a difference, the verdict is Undefined.
func (e *ciliumEngine) verdict(t testing.TB, q connection) netpol.Verdict {
	t.Helper()
	allowed, denied := false, false
	for _, src := range e.names(q.src) {
		for _, dst := range e.names(q.dst) {
			through := (q.src.pod == nil || q.src.onNode() || e.side(t, q.src, policytypes.EgressKey(), dst, q)) &&
				(q.dst.pod == nil || q.dst.onNode() || e.side(t, q.dst, policytypes.IngressKey(), src, q))
			allowed, denied = allowed || through, denied || !through
		}
	}
	switch {
	case allowed && denied:
		return netpol.Undefined
	case allowed:
		return netpol.Allowed
	default:
		return netpol.Denied
	}
}

// names lists the identities that a party may have.
func (e *ciliumEngine) names(p party) []string {
	if p.onNode() {
		return []string{"host", "remote node"}
	}
	return []string{p.String()}
}

func (e *ciliumEngine) side(t testing.TB, subject party, key policytypes.Key, peer string, q connection) bool {
	t.Helper()
	resolved := e.resolved[subject.String()]
	if resolved == nil {
		selected, _, err := e.repo.ComputeSelectorPolicy(e.identities[subject.String()])
		if err != nil {
			t.Fatal(err)
		}
		resolved = selected.DistillPolicy(e.logger, &ciliumEndpoint{e, subject}, map[string]uint16{policy.FallbackRedirectID: 1})
		resolved.Ready()
		resolved.Detach(e.logger)
		selected.Supersede()
		e.resolved[subject.String()] = resolved
	}
	protocols := map[netpol.Protocol]u8proto.U8proto{netpol.TCP: u8proto.TCP, netpol.UDP: u8proto.UDP, netpol.SCTP: u8proto.SCTP}
	entry, _, _ := resolved.Lookup(key.WithIdentity(e.identities[peer].ID).WithPortProto(protocols[q.protocol], q.port))
	return !entry.IsDeny()
}

// ciliumEndpoint is a pod as the owner of its policy.
type ciliumEndpoint struct {
	engine *ciliumEngine
	party  party
}

func (p *ciliumEndpoint) GetID() uint64 { return uint64(p.engine.identities[p.party.String()].ID) }

func (p *ciliumEndpoint) GetIngressNamedPort(name string, protocol u8proto.U8proto) uint16 {
	port, err := p.engine.ports[p.party.String()].GetNamedPort(name, protocol)
	if err != nil {
		return 0
	}
	return port
}

func (p *ciliumEndpoint) PolicyDebug(string, ...any) {}

func (p *ciliumEndpoint) IsHost() bool { return false }

func (p *ciliumEndpoint) PreviousMapStateSizes() policy.MapStateSizes { return policy.MapStateSizes{} }

func (p *ciliumEndpoint) RegenerateIfAlive(*regeneration.ExternalRegenerationMetadata) <-chan bool {
	done := make(chan bool)
	close(done)
	return done
}

// What Holdfast says of 4,000 clusters with policies of Cilium and NetworkPolicies is
// what Cilium's policy engine says, which leaves aside a policy that it does not take.
// Half of the clusters have policy-default-local-cluster switched off, and then no
// NetworkPolicies (see TestReviewed). A third is read from files.
func TestAgainstCilium(t *testing.T) {
	t.Parallel()
	var counts tally
	refused := 0
	for seed := range uint64(4000) {
		c := newCluster(seed, 2)
		c.addNode()
		c.files = seed%3 == 0
		c.noIdleRules = true
		g := &ciliumGenerator{cluster: c}
		engine := newCiliumEngine(t, c, [...]string{clusterName, anyCluster}[seed%2])
		if engine.scope == clusterName {
			c.addPolicies(2, true)
			engine.addPolicies(t, c)
		}
		for i := range 1 + c.IntN(3) {
			if err := engine.add(t, g.add(fmt.Sprint("cnp", i))); err != nil {
				refused++
				engine.refusals = append(engine.refusals, err)
			}
		}
		ours := c.model(t, "cilium")
		for range 40 {
			compareCilium(t, seed, c, ours, engine, &counts)
		}
	}
	t.Logf("%d policies are not what Cilium takes", refused)
	counts.check(t, 15)
}

func compareCilium(t *testing.T, seed uint64, c *cluster, ours *netpol.Network, engine *ciliumEngine, counts *tally) {
	t.Helper()
	q := c.ask()
	got := ours.Verdict(c.peer(t, ours, q.src), c.peer(t, ours, q.dst), q.protocol, q.port)
	want := engine.verdict(t, q)
	switch {
	case got == want && got == netpol.Allowed:
		counts.allowed++
	case got == want:
		counts.denied++
	case got == netpol.Unknown || got == netpol.Undefined || c.files && got == netpol.Allowed && q.nodeAddress():
		counts.open++
	default:
		c.dump(t)
		for _, gap := range ours.Gaps() {
			t.Log(gap.Reason)
		}
		t.Fatalf("seed %d: %s: %s, Cilium says %s; it refuses %v", seed, q, got, want, engine.refusals)
	}
}

// nodeAddress reports whether one side is the address of a node. Where the nodes are not
// known, whoever asks about it says that it is outside: it may then be allowed, and no
// denial may rely on it.
func (q connection) nodeAddress() bool {
	return q.src.pod == nil && q.src.onNode() || q.dst.pod == nil && q.dst.onNode()
}
