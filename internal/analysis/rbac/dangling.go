package rbac

import (
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apiserver/pkg/authentication/serviceaccount"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// Dangle is a binding of a role that does not exist: it gives nothing today, and
// whatever someone makes under that name later.
type Dangle struct {
	Binding *snapshot.Object
	Role    model.ID // Kind as it was written, which may be no kind of role
}

// Evidence names the role in the binding.
func (d *Dangle) Evidence() []model.Evidence {
	return []model.Evidence{d.Binding.Evidence("roleRef", d.Role.Kind+" "+d.Role.Name)}
}

// Dangling lists the bindings whose role does not exist, those of the cluster
// first. Where roles are not completely known a role is not called missing, unless
// the reference can mean none: a Role in a ClusterRoleBinding, or another kind.
func Dangling(v *snapshot.View) []Dangle {
	var found []Dangle
	for _, namespace := range append([]string{""}, namespaces.Of(v, struct{}{})...) {
		for i := range bindings.Of(v, namespace).all {
			b := &bindings.Of(v, namespace).all[i]
			if b.role != nil || mayExist(v, &b.ref, namespace) {
				continue
			}
			found = append(found, Dangle{Binding: b.object, Role: b.refersTo(v)})
		}
	}
	return found
}

// refersTo names the role that a binding refers to, whether or not it exists.
func (b *binding) refersTo(v *snapshot.View) model.ID {
	id := model.ID{Cluster: v.Settings().Cluster, Group: rbacv1.GroupName, Kind: b.ref.Kind, Name: b.ref.Name}
	if b.ref.Kind == "Role" {
		id.Namespace = b.namespace
	}
	return id
}

// MissingRole is Dangling for one binding.
func MissingRole(v *snapshot.View, object *snapshot.Object) (role model.ID, missing bool) {
	b := uses.Of(v, struct{}{}).bindings[object]
	if b == nil || b.role != nil || mayExist(v, &b.ref, b.namespace) {
		return model.ID{}, false
	}
	return b.refersTo(v), true
}

func mayExist(v *snapshot.View, ref *rbacv1.RoleRef, namespace string) bool {
	switch {
	case ref.Kind == "ClusterRole":
		return !roles.Of(v, "").complete
	case ref.Kind == "Role" && namespace != "":
		return !roles.Of(v, namespace).complete
	default:
		return false
	}
}

// DanglingSubject is a subject of a binding that gives nobody anything today. Missing
// is the ServiceAccount or Namespace that does not exist: whoever makes it later has
// the role. It is empty where the subject can never mean anybody.
type DanglingSubject struct {
	Binding *snapshot.Object
	Index   int // in the binding's subjects
	Subject Subject
	Missing model.ID
}

// Evidence names the subject in the binding.
func (d *DanglingSubject) Evidence() []model.Evidence {
	return []model.Evidence{d.Binding.Evidence(model.Path("subjects").Index(d.Index), d.Subject.String())}
}

// Nobody reports whether the subject can never mean anybody: it is of a kind that
// does not exist, or lacks its name or namespace.
func (d *DanglingSubject) Nobody() bool { return d.Missing == model.ID{} }

// DanglingSubjects lists the subjects of bindings that mean nobody, those of the
// cluster first: service accounts that do not exist, also where they are named as
// users, and groups of the service accounts of namespaces that do not exist. What
// may be in a list that is not complete is not called missing. Left out are implied
// bindings, and the service accounts that the bootstrap policy itself binds:
// the controller manager makes those when it needs them.
func DanglingSubjects(v *snapshot.View) []DanglingSubject {
	var found []DanglingSubject
	for _, namespace := range append([]string{""}, namespaces.Of(v, struct{}{})...) {
		set := bindings.Of(v, namespace)
		for i := range set.all {
			found = append(found, set.all[i].danglingSubjects(v)...)
		}
	}
	return found
}

// MissingSubjects is DanglingSubjects for one binding.
func MissingSubjects(v *snapshot.View, object *snapshot.Object) []DanglingSubject {
	if b := uses.Of(v, struct{}{}).bindings[object]; b != nil {
		return b.danglingSubjects(v)
	}
	return nil
}

func (b *binding) danglingSubjects(v *snapshot.View) []DanglingSubject {
	if b.object.Implied {
		return nil
	}
	var found []DanglingSubject
	for i := range b.subjects {
		subject := &b.subjects[i]
		if missing, dangles := subjectDangles(v, subject, b.namespace); dangles && !isBootstrap(b.object, subject) {
			found = append(found, DanglingSubject{Binding: b.object, Index: i, Subject: subjectOf(subject, b.namespace), Missing: missing})
		}
	}
	return found
}

// subjectDangles reports whether a subject means nobody, and what is missing.
func subjectDangles(v *snapshot.View, subject *rbacv1.Subject, namespace string) (missing model.ID, dangles bool) {
	if !meansSomeone(subject, namespace) {
		return model.ID{}, true
	}
	switch subject.Kind {
	case rbacv1.ServiceAccountKind:
		if subject.Namespace != "" {
			namespace = subject.Namespace
		}
		return accountMissing(v, namespace, subject.Name)
	case rbacv1.UserKind:
		if namespace, name, err := serviceaccount.SplitUsername(subject.Name); err == nil {
			return accountMissing(v, namespace, name)
		}
	case rbacv1.GroupKind:
		if namespace, ok := strings.CutPrefix(subject.Name, serviceaccount.ServiceAccountGroupPrefix); ok {
			return namespaceMissing(v, namespace)
		}
	}
	return model.ID{}, false
}

// accountMissing says so of "default" only where its namespace is missing: a
// controller makes it.
func accountMissing(v *snapshot.View, namespace, name string) (model.ID, bool) {
	if name == "default" {
		return namespaceMissing(v, namespace)
	}
	id := model.ID{Cluster: v.Settings().Cluster, Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: name}
	if _, presence := v.Find(id); presence != snapshot.Absent {
		return model.ID{}, false
	}
	if namespace == metav1.NamespaceDefault && !v.Settings().Live {
		inFile := id
		inFile.Namespace = ""
		if _, presence := v.Find(inFile); presence != snapshot.Absent {
			return model.ID{}, false
		}
	}
	return id, true
}

// namespaceMissing never says so of the namespaces that every cluster has.
func namespaceMissing(v *snapshot.View, name string) (model.ID, bool) {
	switch name {
	case metav1.NamespaceDefault, metav1.NamespaceSystem, metav1.NamespacePublic, "kube-node-lease":
		return model.ID{}, false
	}
	id := model.ID{Cluster: v.Settings().Cluster, Kind: "Namespace", Name: name}
	_, presence := v.Find(id)
	return id, presence == snapshot.Absent
}

// isBootstrap reports whether the API server itself makes a binding with a subject.
func isBootstrap(object *snapshot.Object, subject *rbacv1.Subject) bool {
	stock := Bootstrap(object.ID)
	if stock == nil {
		return false
	}
	subjects, _, err := readBinding(stock)
	return err == nil && slices.ContainsFunc(subjects, func(s rbacv1.Subject) bool { return sameSubject(&s, subject) })
}
