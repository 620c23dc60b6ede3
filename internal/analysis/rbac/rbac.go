package rbac

import (
	"cmp"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apiserver/pkg/authentication/user"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Authorizer is what lets a request through. The zero value is RBAC.
type Authorizer uint8

// The authorizers that are asked, in the order of their names.
const (
	RBACAuthorizer       Authorizer = iota
	NodeAuthorizer                  // plugin/pkg/auth/authorizer/node
	PrivilegedAuthorizer            // of members of system:masters, who need no rule
)

// String is the authorizer's name in --authorization-mode.
func (a Authorizer) String() string {
	switch a {
	case NodeAuthorizer:
		return "Node"
	case PrivilegedAuthorizer:
		return user.SystemPrivilegedGroup
	default:
		return "RBAC"
	}
}

// MarshalText implements encoding.TextMarshaler.
func (a Authorizer) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// Grant is one reason why one subject may do something. What it holds depends on
// the Authorizer:
//
//   - RBAC: one rule that the subject has through one binding. Relation is nil.
//   - Node: Subject is the user of one node, with the Relation of the node to what is
//     asked for, which has no Links where the object is the node's own by its name; or
//     the group of all nodes, with the built-in Rule if there is one, or with a
//     Relation without Node: then only those nodes may on which pods of that workload
//     run, and files do not say which. The rest is not set.
//   - system:masters: only Subject is set.
type Grant struct {
	Authorizer   Authorizer
	Subject      Subject          // as the binding names it: a group, not its member
	Binding      *snapshot.Object // a RoleBinding counts in its namespace only
	SubjectIndex int              // in the binding's subjects
	Role         *snapshot.Object // that the binding refers to
	Source       *snapshot.Object // where the rule is written: Role, or a role that it aggregates
	RuleIndex    int              // in Source's rules
	Rule         *rbacv1.PolicyRule
	Relation     *Relation
}

// Bypass reports whether no rule is needed: the group is authorised before any other
// authorizer is asked, see pkg/kubeapiserver/authorizer/reload.go.
func (g *Grant) Bypass() bool { return g.Authorizer == PrivilegedAuthorizer }

// Namespace is where the rule of a grant counts: "" is everywhere.
func (g *Grant) Namespace() string {
	if g.Binding == nil || g.Binding.Kind == "ClusterRoleBinding" {
		return ""
	}
	return named(g.Binding.Namespace)
}

// Evidence names the subject and the role in the binding, and the rule; of a Relation
// the fields that lead to the node. What is built in has none.
func (g *Grant) Evidence() []model.Evidence {
	switch {
	case g.Relation != nil:
		return g.Relation.evidence()
	case g.Binding == nil:
		return nil
	}
	return []model.Evidence{
		g.Binding.Evidence(model.Path("subjects").Index(g.SubjectIndex), g.Subject.String()),
		g.Binding.Evidence("roleRef", g.Role.Kind+" "+g.Role.Name),
		g.Source.Evidence(model.Path("rules").Index(g.RuleIndex), RuleText(g.Rule)),
	}
}

// Verdict is what the authorizers say of a request. The zero value is Unknown.
type Verdict uint8

// The verdicts.
const (
	Unknown Verdict = iota
	Denies
	Allows
)

// String is the word used in reports.
func (d Verdict) String() string {
	switch d {
	case Denies:
		return "denied"
	case Allows:
		return "allowed"
	default:
		return "unknown"
	}
}

// MarshalText implements encoding.TextMarshaler.
func (d Verdict) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Decision is the answer to a request and what it rests on: Grants, of which the
// first decides, or of an Unknown one in Unsure the lists that are not completely
// known and could allow it.
type Decision struct {
	Verdict Verdict
	Grants  []Grant
	Unsure  []model.Scope
}

// Authorizer is the one that allows the request; of no meaning if none does.
func (d *Decision) Authorizer() Authorizer {
	if len(d.Grants) == 0 {
		return RBACAuthorizer
	}
	return d.Grants[0].Authorizer
}

// Evidence is that of the grant that decides.
func (d *Decision) Evidence() []model.Evidence {
	if len(d.Grants) == 0 {
		return nil
	}
	return d.Grants[0].Evidence()
}

// Allowed decides whether a subject may do something.
func Allowed(v *snapshot.View, s Subject, r Request) Decision {
	return Authorize(v, s.Identities(), r)
}

// Authorize decides whether an identity may do something, as Authorize of
// plugin/pkg/auth/authorizer/node/node_authorizer.go and of
// plugin/pkg/auth/authorizer/rbac/rbac.go do, except that it finds all grants and
// that it denies only what nothing unknown could allow.
func Authorize(v *snapshot.View, who Identity, r Request) Decision {
	var d Decision
	if slices.Contains(who.Groups, user.SystemPrivilegedGroup) {
		d.Grants = append(d.Grants, bypass())
	}
	d.nodeDecides(v, &who, &r)
	keys := who.keys()
	for set := range setsFor(v, r.scope()) {
		d.Grants = set.grantsOf(d.Grants, keys, func(rule *rbacv1.PolicyRule) bool { return allows(rule, &r) })
		d.Unsure = append(d.Unsure, set.unsure...)
	}
	switch {
	case len(d.Grants) > 0:
		d.Verdict, d.Unsure = Allows, nil
	case len(d.Unsure) == 0:
		d.Verdict = Denies
	}
	return d
}

// WhoCan lists every grant that allows a request, whoever asks: members of
// system:masters, who always may, then nodes, then what RBAC gives. A request without
// Namespace is one for all namespaces: see Request. With complete=false there may be
// others. Where the pods of files will run is not known: for their nodes stands a
// Grant of the group of all nodes whose Relation names the workload.
func WhoCan(v *snapshot.View, r Request) (grants []Grant, complete bool) {
	nodes := askNode(v, &r, "")
	grants = append([]Grant{bypass()}, nodes.grants...)
	complete = len(nodes.unsure) == 0
	for set := range setsFor(v, r.scope()) {
		grants = set.grantsFor(grants, &r)
		complete = complete && len(set.unsure) == 0
	}
	return grants, complete
}

// Rules lists every rule that a subject has, in the whole cluster first and then by
// namespace. With complete=false there may be others; of a node there always are:
// the Node authorizer answers requests and has no rules to list.
func Rules(v *snapshot.View, s Subject) (grants []Grant, complete bool) {
	who := s.Identities()
	if slices.Contains(who.Groups, user.SystemPrivilegedGroup) {
		grants = append(grants, bypass())
	}
	keys := who.keys()
	all := everyBinding.Of(v, struct{}{})
	for set := range all.naming(keys) {
		grants = set.grantsOf(grants, keys, func(*rbacv1.PolicyRule) bool { return true })
	}
	return grants, all.complete && (who.node() == "" || !nodeMode.Of(v, struct{}{}))
}

// RulesIn lists the rules that bindings of one namespace give a subject, or with ""
// those of the whole cluster: a part of Rules.
func RulesIn(v *snapshot.View, s Subject, namespace string) []Grant {
	return bindings.Of(v, namespace).grantsOf(nil, s.Identities().keys(), func(*rbacv1.PolicyRule) bool { return true })
}

// allListed reports whether the roles and bindings of all namespaces are known.
func allListed(v *snapshot.View) bool {
	complete := true
	for _, kind := range []string{"Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"} {
		complete = v.Complete(model.Scope{Group: rbacv1.GroupName, Kind: kind}) && complete
	}
	return complete
}

func bypass() Grant {
	return Grant{Authorizer: PrivilegedAuthorizer, Subject: Subject{Kind: rbacv1.GroupKind, Name: user.SystemPrivilegedGroup}}
}

// grantsOf adds the rules that the holders of the keys have and wanted says yes to:
// by binding, rule and subject.
func (s *bindingSet) grantsOf(grants []Grant, keys []who, wanted func(*rbacv1.PolicyRule) bool) []Grant {
	var held []holder
	for _, key := range keys {
		held = append(held, s.holders[key]...)
	}
	slices.SortFunc(held, func(a, b holder) int {
		return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.subject, b.subject))
	})
	held = slices.Compact(held) // a group may be named twice
	for len(held) > 0 {
		count := 1
		for count < len(held) && held[count].order == held[0].order {
			count++
		}
		if b := held[0].binding; b.role != nil {
			for _, rule := range b.role.rules() {
				if wanted(rule.rule) {
					grants = b.grants(grants, rule, held[:count])
				}
			}
		}
		held = held[count:]
	}
	return grants
}

func (b *binding) grants(grants []Grant, rule effectiveRule, held []holder) []Grant {
	for _, h := range held {
		grants = append(grants, b.grant(rule, h.subject))
	}
	return grants
}

func (b *binding) grant(rule effectiveRule, subject int) Grant {
	return Grant{
		Subject: subjectOf(&b.subjects[subject], b.namespace),
		Binding: b.object, SubjectIndex: subject,
		Role: b.role.object, Source: rule.role.object, RuleIndex: rule.index, Rule: rule.rule,
	}
}

// grantsFor adds the grants of every binding whose role allows the request. Each
// role is looked at once, however many bindings it has.
func (s *bindingSet) grantsFor(grants []Grant, r *Request) []Grant {
	type match struct{ binding, from, to int } // from and to: in found
	var matches []match
	var found []effectiveRule
	count := 0
	for i := range s.byRole {
		from := len(found)
		for _, rule := range s.byRole[i].role.rules() {
			if allows(rule.rule, r) {
				found = append(found, rule)
			}
		}
		if len(found) == from {
			continue
		}
		for _, at := range s.byRole[i].bindings {
			matches = append(matches, match{binding: at, from: from, to: len(found)})
			count += (len(found) - from) * len(s.all[at].subjects)
		}
	}
	slices.SortFunc(matches, func(a, b match) int { return cmp.Compare(a.binding, b.binding) })
	grants = slices.Grow(grants, count)
	for _, m := range matches {
		b := &s.all[m.binding]
		for _, rule := range found[m.from:m.to] {
			for i := range b.subjects {
				if meansSomeone(&b.subjects[i], b.namespace) {
					grants = append(grants, b.grant(rule, i))
				}
			}
		}
	}
	return grants
}
