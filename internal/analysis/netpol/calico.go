package netpol

import (
	"cmp"
	"fmt"
	"math"
	"net/netip"
	"reflect"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// calico reads the policies of Calico of one snapshot.
//
// Policies stand in tiers; within one they are asked by order, those without one last.
// The first rule that matches decides: Allow and Deny at once, Pass for the next tier.
// Where a tier has a policy for a pod and none of its rules match, the tier denies, or
// passes if its defaultAction says so. What no tier decides is allowed by the profile of
// the pod's namespace. Sources:
// https://docs.tigera.io/calico/latest/reference/resources/networkpolicy,
// https://docs.tigera.io/calico/latest/reference/resources/tier,
// https://docs.tigera.io/calico/latest/network-policy/policy-tiers/tiered-policy.
type calico struct {
	view *snapshot.View
	// admin and baseline say that there are policies of the tiers which Calico puts its
	// own before or behind.
	admin, baseline bool
	tiers           map[string]*calicoTierInfo
	sets            []networkSet
	setsHidden      bool
	hostEndpoints   bool // there are some, or may be
}

type calicoTierInfo struct {
	stage   int32
	passes  bool
	problem string
}

// networkSet is a NetworkSet, or a GlobalNetworkSet without a namespace.
type networkSet struct {
	labelled
	blocks []block
	// problem says why its blocks are not known.
	problem string
}

// The orders of the tiers that are always there.
const (
	orderOfAdmin    = 1_000
	orderOfDefault  = 1_000_000
	orderOfBaseline = 10_000_000
)

func calicoPolicies(v *snapshot.View) []*policy {
	var policies []*policy
	c := &calico{view: v}
	for _, kind := range []string{"NetworkPolicy", "GlobalNetworkPolicy"} {
		objects := calicoObjects(v, kind, (*written[calicoPolicy]).rules)
		if len(objects) > 0 && c.tiers == nil {
			c.prepare()
		}
		for _, o := range objects {
			policies = append(policies, c.policy(o))
		}
	}
	return policies
}

// calicoObject is an object of either group.
type calicoObject[T any] struct {
	object  *snapshot.Object
	value   *written[T]
	problem string
}

// calicoObjects lists the objects of a kind. The server of projectcalico.org keeps its
// objects in crd.projectcalico.org, so that a running cluster shows them twice; there,
// names may begin with that of their tier. Definitions are compared by content.
func calicoObjects[T any](v *snapshot.View, kind string, content func(*written[T]) written[T]) []calicoObject[T] {
	var all []calicoObject[T]
	byName := map[[2]string]int{}
	for _, group := range []string{calicoGroup, calicoStore} {
		reader := pluginKind[T](group, kind)
		objects := v.Objects(snapshot.GroupKind{Group: group, Kind: kind}, "")
		for i, object := range objects {
			if i > 0 && objects[i-1].ID == object.ID {
				continue
			}
			o := calicoObject[T]{object: object, problem: redefined(objects, i, alike(reader, content))}
			value, err := reader.Read(object)
			if err != nil {
				o.problem = err.Error()
			}
			o.value = value
			name := [2]string{object.Namespace, strings.TrimPrefix(object.Name, "default.")}
			if at, twice := byName[name]; twice && group == calicoStore {
				if first := &all[at]; first.problem == "" && (o.problem != "" || !reflect.DeepEqual(content(first.value), content(value))) {
					first.problem = fmt.Sprintf("%s says something else", object.ID)
				}
				continue
			}
			if group == calicoGroup {
				byName[name] = len(all)
			}
			all = append(all, o)
		}
	}
	return all
}

// prepare reads what policies refer to.
func (c *calico) prepare() {
	for _, kind := range adminKinds() {
		objects := c.view.Objects(snapshot.GroupKind{Group: adminGroup, Kind: kind}, "")
		hidden := hidden(c.view, model.Scope{Group: adminGroup, Kind: kind})
		if len(objects) > 0 || hidden {
			// A ClusterNetworkPolicy can be of either tier.
			c.admin = c.admin || kind != "BaselineAdminNetworkPolicy"
			c.baseline = c.baseline || kind != "AdminNetworkPolicy"
		}
	}
	c.readTiers()
	c.readSets()
	for _, group := range []string{calicoGroup, calicoStore} {
		c.hostEndpoints = c.hostEndpoints || c.hidden(group, "HostEndpoint") ||
			len(c.view.Objects(snapshot.GroupKind{Group: group, Kind: "HostEndpoint"}, "")) > 0
	}
}

func (c *calico) hidden(group, kind string) bool {
	return hidden(c.view, model.Scope{Group: group, Kind: kind})
}

// readTiers numbers the tiers in their order, the default one being 0.
func (c *calico) readTiers() {
	type tier struct {
		name  string
		order float64
		info  *calicoTierInfo
	}
	tiers := []tier{{"default", orderOfDefault, &calicoTierInfo{}}}
	for _, o := range calicoObjects(c.view, "Tier", (*written[calicoTier]).rules) {
		if o.object.Name == "default" {
			continue // its order is fixed; its policies are asked with those of Kubernetes
		}
		t := tier{name: o.object.Name, order: math.Inf(1), info: &calicoTierInfo{problem: o.problem}}
		if o.problem == "" && o.value.Spec != nil {
			if o.value.Spec.Order != nil {
				t.order = *o.value.Spec.Order
			}
			t.info.passes = o.value.Spec.DefaultAction == "Pass"
			if action := o.value.Spec.DefaultAction; action != "" && action != "Pass" && action != "Deny" {
				t.info.problem = fmt.Sprintf("%s has the defaultAction %q", o.object.ID, action)
			}
			if len(o.value.unknown) > 0 {
				t.info.problem = fmt.Sprintf("%s: %s", o.object.ID, o.value.unknown[0].reason)
			}
		}
		if c.admin && t.order <= orderOfAdmin || c.baseline && t.order >= orderOfBaseline {
			t.info.problem = fmt.Sprintf("the tier %s does not stand between the tiers of admin policies", t.name)
		}
		tiers = append(tiers, t)
	}
	slices.SortFunc(tiers, func(a, b tier) int { return cmp.Or(cmp.Compare(a.order, b.order), strings.Compare(a.name, b.name)) })
	zero := slices.IndexFunc(tiers, func(t tier) bool { return t.name == "default" })
	c.tiers = map[string]*calicoTierInfo{}
	for i, t := range tiers {
		t.info.stage = int32(i - zero)
		c.tiers[t.name] = t.info
	}
}

// tier finds the tier of a policy.
func (c *calico) tier(name string) *calicoTierInfo {
	if name == "" {
		name = "default"
	}
	switch t := c.tiers[name]; {
	case c.hidden(calicoGroup, "Tier") || c.hidden(calicoStore, "Tier"):
		if name != "default" {
			return &calicoTierInfo{problem: fmt.Sprintf("its tier %s is not known: not all tiers could be read", name)}
		}
		return t
	case t == nil:
		return &calicoTierInfo{problem: fmt.Sprintf("its tier %s was not supplied", name)}
	default:
		return t
	}
}

func (c *calico) readSets() {
	for _, group := range []string{calicoGroup, calicoStore} {
		c.setsHidden = c.setsHidden || c.hidden(group, "NetworkSet") || c.hidden(group, "GlobalNetworkSet")
	}
	sets := slices.Concat(
		calicoObjects(c.view, "GlobalNetworkSet", (*written[calicoSet]).content), calicoObjects(c.view, "NetworkSet", (*written[calicoSet]).content),
	)
	for _, o := range sets {
		s := networkSet{labelled: labelled{unknown: o.problem != ""}, problem: o.problem}
		if o.object.Kind == "NetworkSet" {
			ns := namespaceOf(c.view, home(o.object))
			s.namespace = &ns
		}
		if o.problem == "" {
			s.labels = o.value.Metadata.Labels
			r := &reading{}
			if spec := o.value.Spec; spec != nil {
				s.blocks = r.nets("spec.nets", spec.Nets)
				if spec.AllowedEgressDomains.set() {
					s.problem = "allowedEgressDomains are not understood"
				}
			}
			if r.problem != "" {
				s.problem = r.problem
			}
			if len(o.value.unknown) > 0 {
				s.problem = o.value.unknown[0].reason
			}
		}
		if s.problem != "" {
			s.problem = fmt.Sprintf("%s: %s", o.object.ID, s.problem)
		}
		c.sets = append(c.sets, s)
	}
}

// nets reads address blocks; a single address is a block of one.
func (r *reading) nets(path model.Path, nets []string) []block {
	blocks := make([]block, 0, len(nets))
	for i, text := range nets {
		blocks = append(blocks, block{cidr: r.net(path.Index(i), text)})
	}
	return blocks
}

func (r *reading) net(path model.Path, text string) netip.Prefix {
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		text = netip.PrefixFrom(a, a.BitLen()).String()
	}
	return r.prefix(path, text)
}
