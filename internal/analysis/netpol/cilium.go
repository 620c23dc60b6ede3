package netpol

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// ciliumPolicies reads the policies of Cilium, one for each spec.
//
// They and NetworkPolicies are one set: what one denies is denied, what one allows is
// allowed, and a pod that is in the default deny mode of a direction is denied the
// rest. A policy puts the pods that it selects into that mode in the directions that it
// has rules for, unless enableDefaultDeny says otherwise; an empty list of rules is
// none. Cilium's policyEnforcementMode is taken to be the default one. Sources:
// https://docs.cilium.io/en/stable/security/policy/intro/,
// https://docs.cilium.io/en/stable/security/policy/deny/, and Sanitize of
// pkg/policy/api/rule_validation.go.
func ciliumPolicies(v *snapshot.View) []*policy {
	var policies []*policy
	for _, kind := range []string{"CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"} {
		reader := pluginKind[ciliumPolicy](ciliumGroup, kind)
		objects := v.Objects(snapshot.GroupKind{Group: ciliumGroup, Kind: kind}, "")
		for i, object := range objects {
			if i > 0 && objects[i-1].ID == object.ID {
				continue
			}
			value, err := reader.Read(object)
			problem := redefined(objects, i, alike(reader, (*written[ciliumPolicy]).rules))
			if err != nil {
				problem = err.Error()
			}
			if problem != "" {
				p := newCiliumPolicy(object)
				p.subject.hosts = nodesAsWell
				p.distrustPlugin("", problem)
				policies = append(policies, p)
				continue
			}
			policies = append(policies, ciliumSpecs(object, value)...)
		}
	}
	return policies
}

func newCiliumPolicy(object *snapshot.Object) *policy {
	return &policy{
		object: object, scope: object.Scope(), tier: NetworkPolicyTier,
		subject: podSet{namespace: homeOf(object), hosts: neverHosts},
	}
}

// homeOf is the namespace of a policy, "" of one about the whole cluster.
func homeOf(object *snapshot.Object) string {
	if object.Kind == "CiliumClusterwideNetworkPolicy" || object.Kind == "GlobalNetworkPolicy" {
		return ""
	}
	return home(object)
}

// ciliumSpecs reads spec and specs, which are policies side by side. Cilium takes all of
// them or none (Parse of pkg/k8s/apis/cilium.io/v2/cnp_types.go).
func ciliumSpecs(object *snapshot.Object, value *written[ciliumPolicy]) []*policy {
	var policies []*policy
	var refused *ciliumReading
	read := func(path model.Path, spec *ciliumPolicy) {
		p := newCiliumPolicy(object)
		r := &ciliumReading{namespace: homeOf(object), spec: path}
		r.policy(p, spec)
		if spec.empty() && len(value.Specs) > 0 {
			r.refuse(path, "it has no rules")
		}
		p.doubts = r.doubts
		switch {
		case r.problem != "":
			p.distrustPlugin(r.path, r.problem)
			refused = r
		case len(value.unknown) > 0:
			p.distrustField(value.unknown[0])
		}
		policies = append(policies, p)
	}
	if value.Spec != nil {
		read("spec", value.Spec)
	}
	for i := range value.Specs {
		read(model.Path("specs").Index(i), &value.Specs[i])
	}
	for _, p := range policies {
		if refused != nil && p.problem == "" {
			p.distrustPlugin(refused.path, refused.problem)
		}
	}
	if len(policies) == 0 {
		p := newCiliumPolicy(object)
		p.distrustPlugin("", "it has neither spec nor specs")
		policies = append(policies, p)
	}
	return policies
}

// empty reports whether a spec has no rules at all. Alone it says nothing, whether
// Cilium takes it or, as Sanitize of pkg/policy/api/rule_validation.go does, refuses it.
func (c *ciliumPolicy) empty() bool {
	return len(c.Ingress)+len(c.IngressDeny)+len(c.Egress)+len(c.EgressDeny) == 0
}

// ciliumReading reads one spec.
type ciliumReading struct {
	reading
	spec      model.Path // of the spec
	namespace string     // "": the policy is about all
	doubts    []doubt
}

func (r *ciliumReading) doubt(path model.Path, reason string) {
	r.doubts = append(r.doubts, doubt{path: path, reason: string(path) + ": " + reason})
}

func (r *ciliumReading) policy(p *policy, spec *ciliumPolicy) {
	switch {
	case (spec.EndpointSelector == nil) == (spec.NodeSelector == nil):
		r.refuse(r.spec, "exactly one of endpointSelector and nodeSelector must be set")
		return
	case spec.NodeSelector != nil:
		p.subject = podSet{hosts: onlyHosts}
		r.refuse(r.spec.Child("nodeSelector"), "policies about nodes are not understood")
	default:
		p.subject.where = r.subject(r.spec.Child("endpointSelector"), spec.EndpointSelector)
	}
	p.sides[Ingress] = r.side(Ingress, "ingress", spec.Ingress, spec.IngressDeny, spec.EnableDefaultDeny.Ingress)
	p.sides[Egress] = r.side(Egress, "egress", spec.Egress, spec.EgressDeny, spec.EnableDefaultDeny.Egress)
}

// side reads the rules of a direction; nil if the policy says nothing of it.
func (r *ciliumReading) side(d Direction, name string, allow, deny []ciliumRule, defaultDeny *bool) *side {
	isolates := len(allow)+len(deny) > 0
	if defaultDeny != nil {
		isolates = *defaultDeny
	}
	if len(allow)+len(deny) == 0 {
		if !isolates {
			return nil
		}
		r.doubt(r.spec.Child("enableDefaultDeny").Child(name), "whether it counts in a direction without rules depends on the version of Cilium")
		return &side{wild: true}
	}
	s := &side{isolates: isolates}
	for i := range deny {
		path := r.spec.Child(name + "Deny").Index(i)
		s.rules = append(s.rules, r.rule(d, rule{index: i, path: path, action: denied}, &deny[i])...)
	}
	s.denies = len(s.rules) > 0
	for i := range allow {
		path := r.spec.Child(name).Index(i)
		s.rules = append(s.rules, r.rule(d, rule{index: i, path: path, action: allowed}, &allow[i])...)
	}
	return s
}

// subject reads an endpointSelector. A namespaced policy is about its own namespace,
// whatever the selector says of namespaces (ParseToCiliumRule of
// pkg/k8s/apis/cilium.io/utils).
func (r *ciliumReading) subject(path model.Path, s *metav1.LabelSelector) *condition {
	if r.namespace != "" {
		s = s.DeepCopy()
		delete(s.MatchLabels, "k8s:"+ciliumNamespace)
	}
	c := r.labels(path, s)
	if c != nil && ciliumSelectsNodes(s) {
		r.refuse(path, "the reserved labels of nodes are not understood")
	}
	return c
}
