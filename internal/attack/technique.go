// Package attack says what someone can make of what they control. A technique is
// one way to more: grounded in a snapshot it gives the steps of the attack graph
// that this cluster allows, each with its evidence.
package attack

import (
	"fmt"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"holdfast.dev/holdfast/internal/analysis/feature"
	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Yield is what a step gives: the Kind of the Fact that it yields.
type Yield string

// The yields, from the most to the least. The Object of the Fact says of what: its
// Kind, and which ones; "" for its Namespace or Name means every one.
const (
	Admin     Yield = "admin"     // everything in the cluster
	Node      Yield = "node"      // a node and all that runs on it: Object is a Node
	Subject   Yield = "subject"   // another identity: Object is a ServiceAccount, User or Group
	Namespace Yield = "namespace" // what runs in a namespace, its accounts and secrets: Object is a Namespace
	Secrets   Yield = "secrets"   // what secrets say: Object is a Secret
	Sideways  Yield = "sideways"  // what already runs elsewhere: Object is a Pod
	Integrity Yield = "integrity" // what others rely on is changed: Object is what is changed
	Denial    Yield = "denial"    // others can no longer work: Object is what they lose
)

// Yields lists them in that order.
func Yields() []Yield {
	return []Yield{Admin, Node, Subject, Namespace, Secrets, Sideways, Integrity, Denial}
}

// Severity is how bad it is that somebody gets it.
func (y Yield) Severity() model.Severity {
	switch y {
	case Admin:
		return model.Critical
	case Node, Subject, Namespace, Secrets:
		return model.High
	case Denial:
		return model.Low
	default:
		return model.Medium
	}
}

// Technique is one way from what a subject may do to more: the permissions that it
// needs, all held by one subject in one place, and what they give. Its Control is
// its documentation; Severity is that of the most that it can yield.
type Technique struct {
	model.Control
	Needs  []rbac.Permission
	Yields []Yield       // all that Ground can give
	When   Applicability // in which clusters it works

	// Ground is called for each subject in each place that has the permissions, and
	// says by Case.Yields what comes of it there. It must be pure.
	Ground func(*Case)
}

// Applicability says in which versions of Kubernetes a technique works. The zero
// value is all.
type Applicability struct {
	Since, Until int          // minor versions of Kubernetes 1, both included; 0 is open
	Gate         feature.Gate // that must be on
	Off          feature.Gate // that must be off
}

// String renders "Kubernetes 1.30 to 1.34, with the feature gate X", or
// "Every version of Kubernetes".
func (a Applicability) String() string {
	var parts []string
	switch {
	case a.Since > 0 && a.Until > 0:
		parts = append(parts, fmt.Sprintf("Kubernetes 1.%d to 1.%d", a.Since, a.Until))
	case a.Since > 0:
		parts = append(parts, fmt.Sprintf("Kubernetes 1.%d and later", a.Since))
	case a.Until > 0:
		parts = append(parts, fmt.Sprintf("Kubernetes up to 1.%d", a.Until))
	}
	if a.Gate != "" {
		parts = append(parts, "with the feature gate "+string(a.Gate))
	}
	if a.Off != "" {
		parts = append(parts, "without the feature gate "+string(a.Off))
	}
	if len(parts) == 0 {
		return "Every version of Kubernetes"
	}
	if a.Since == 0 && a.Until == 0 {
		parts[0] = "Clusters " + parts[0]
	}
	return strings.Join(parts, ", ")
}

// in reports whether the technique works in a cluster, and whether that is known.
func (a Applicability) in(v *snapshot.View) (works, known bool) {
	minor := v.Settings().Version.Minor
	if minor < a.Since || a.Until > 0 && minor > a.Until {
		return false, true
	}
	works, known = true, true
	if a.Gate != "" {
		on, sure := feature.On(v, a.Gate)
		works, known = works && (on || !sure), known && sure
	}
	if a.Off != "" {
		on, sure := feature.On(v, a.Off)
		works, known = works && (!on || !sure), known && sure
	}
	return works, known
}

// SubjectFact is the fact that someone acts as a subject.
func SubjectFact(s rbac.Subject) model.Fact {
	return model.Fact{Kind: string(Subject), Object: SubjectID(s)}
}

// SubjectID names a subject: a service account is an object, users and groups are
// given a kind of RBAC's group.
func SubjectID(s rbac.Subject) model.ID {
	id := model.ID{Kind: s.Kind, Namespace: s.Namespace, Name: s.Name}
	if s.Kind != rbacv1.ServiceAccountKind {
		id.Group = rbacv1.GroupName
	}
	return id
}

// SubjectOf is the subject that a fact of kind Subject names.
func SubjectOf(id model.ID) rbac.Subject {
	return rbac.Subject{Kind: id.Kind, Namespace: id.Namespace, Name: id.Name}
}
