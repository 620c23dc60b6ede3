package netpol

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	policyv1alpha1 "sigs.k8s.io/network-policy-api/apis/v1alpha1"
	policyv1alpha2 "sigs.k8s.io/network-policy-api/apis/v1alpha2"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// adminGroup is the API group of all admin policies.
const adminGroup = "policy.networking.k8s.io"

// adminPolicies reads the policies that govern the whole cluster.
var adminPolicies = snapshot.Memo[struct{}, []*policy]{Name: "netpol.adminpolicies", Compute: func(v *snapshot.View, _ struct{}) []*policy {
	return slices.Concat(
		readAll(v, kinds.AdminNetworkPolicies, (*policy).readAdmin, func(p *policyv1alpha1.AdminNetworkPolicy) any { return p.Spec }),
		readAll(v, kinds.BaselineAdminNetworkPolicies, (*policy).readBaseline, func(p *policyv1alpha1.BaselineAdminNetworkPolicy) any { return p.Spec }),
		readAll(v, kinds.ClusterNetworkPolicies, (*policy).readCluster, func(p *policyv1alpha2.ClusterNetworkPolicy) any { return p.Spec }),
	)
}}

// readAll reads the policies of one kind, those that cannot be decoded included.
func readAll[T any](v *snapshot.View, kind snapshot.Kind[T], read func(*policy, *adminReading, T), spec func(T) any) []*policy {
	var policies []*policy
	same := alike(kind, spec)
	objects := v.Objects(snapshot.GroupKind{Group: kind.Group, Kind: kind.Kind}, "")
	for i, object := range objects {
		if i > 0 && objects[i-1].ID == object.ID {
			continue
		}
		p := &policy{object: object, scope: object.Scope(), tier: AdminTier, priority: beforeAll}
		value, err := kind.Read(object)
		problem := redefined(objects, i, same)
		if err != nil {
			problem = err.Error()
		}
		if problem != "" {
			p.subject.hosts = neverHosts
			p.distrust("", problem)
			policies = append(policies, p)
			continue
		}
		r := &adminReading{}
		read(p, r, value)
		if r.problem != "" {
			p.distrust(r.path, r.problem)
		}
		policies = append(policies, p)
	}
	return policies
}

// adminReading reads one admin policy as its CustomResourceDefinition validates it.
type adminReading struct {
	reading
	limit   int // of rules, of peers in one and of ports in one
	accepts string
	passes  bool // the kind has the action Pass
}

// adminPeer is a peer of any kind and version.
type adminPeer struct {
	namespaces, nodes *metav1.LabelSelector
	pods              *adminPods
	networks, domains []string
}

func (r *adminReading) priority(priority int32) int32 {
	if priority < 0 || priority > 1000 {
		r.refuse("spec.priority", "%d is not between 0 and 1000", priority)
		return beforeAll
	}
	return priority
}

// subject selects the pods that a policy governs: exactly one field is set.
func (r *adminReading) subject(namespaces *metav1.LabelSelector, pods *adminPods) podSet {
	switch {
	case (namespaces == nil) == (pods == nil):
		r.refuse("spec.subject", "exactly one of namespaces and pods must be set")
		return podSet{hosts: neverHosts}
	case pods != nil:
		return *r.pods("spec.subject.pods", pods)
	default:
		return podSet{namespaces: r.selectorOf("spec.subject.namespaces", namespaces), hosts: neverHosts}
	}
}

func (r *adminReading) pods(path model.Path, p *adminPods) *podSet {
	return &podSet{
		namespaces: r.selector(path.Child("namespaceSelector"), &p.NamespaceSelector),
		pods:       r.selector(path.Child("podSelector"), &p.PodSelector),
		hosts:      neverHosts,
	}
}

// rules makes a side of the rules of one direction, or nil of none.
func (r *adminReading) rules(path model.Path, count int, read func(rule *rule)) *side {
	if count == 0 {
		return nil
	}
	if count > r.limit {
		r.refuse(path, "%d rules are more than the %d that a policy can have", count, r.limit)
	}
	s := &side{rules: make([]rule, count)}
	for i := range s.rules {
		s.rules[i] = rule{index: i, path: path.Index(i)}
		read(&s.rules[i])
		s.rules[i].ports = normal(s.rules[i].ports)
	}
	return s
}

func (r *adminReading) action(read *rule, action string) {
	switch {
	case action == r.accepts:
		read.action = allowed
	case action == "Deny":
		read.action = denied
	case action == "Pass" && r.passes:
		read.action = passed
	default:
		r.refuse(read.path.Child("action"), "%q is no action of this kind", action)
	}
}

func (r *adminReading) peers(read *rule, path model.Path, count int, get func(int) adminPeer) {
	if count == 0 || count > r.limit {
		r.refuse(path, "a rule has 1 to %d peers, not %d", r.limit, count)
	}
	for i := range count {
		read.peers = append(read.peers, r.peer(read, path.Index(i), get(i)))
	}
}

// peer reads one peer. None that is set means that the policy was written for a newer
// version of the API: "it can infer that the deployed CRD is of an incompatible version
// with an unknown field. In that case it should fail closed" (apis/v1alpha2).
func (r *adminReading) peer(read *rule, path model.Path, p adminPeer) peer {
	fields := bit(p.namespaces != nil) + bit(p.pods != nil) + bit(p.nodes != nil) + bit(len(p.networks) > 0) + bit(len(p.domains) > 0)
	if fields > 1 {
		r.refuse(path, "a peer is of one kind, not of %d", fields)
	}
	switch {
	case p.namespaces != nil:
		return peer{path: path, pods: &podSet{namespaces: r.selector(path.Child("namespaces"), p.namespaces), hosts: neverHosts}}
	case p.pods != nil:
		return peer{path: path, pods: r.pods(path.Child("pods"), p.pods)}
	case p.nodes != nil:
		return peer{path: path, nodes: r.selector(path.Child("nodes"), p.nodes)}
	case len(p.domains) > 0:
		if read.action != allowed {
			r.refuse(path.Child("domainNames"), "only rules that accept can have domain names")
		}
		return peer{path: path, domains: p.domains}
	case len(p.networks) > 0:
		return peer{path: path, blocks: r.networks(path.Child("networks"), p.networks)}
	}
	if read.strange == "" {
		read.strange = string(path)
	}
	return peer{path: path}
}

func (r *adminReading) networks(path model.Path, networks []string) []block {
	if len(networks) > 25 {
		r.refuse(path, "%d networks are more than the 25 that a peer can have", len(networks))
	}
	blocks := make([]block, len(networks))
	for i, text := range networks {
		blocks[i] = block{cidr: r.prefix(path.Index(i), text)}
	}
	return blocks
}

// named adds a port by name, of which peers without pods have none.
func (r *adminReading) named(read *rule, path model.Path, p portName) {
	for i := range read.peers {
		if read.peers[i].pods == nil && read.strange == "" {
			r.refuse(path, "only pods have ports with names")
		}
	}
	p.name = r.portName(path, p.name)
	read.named = append(read.named, p)
}
