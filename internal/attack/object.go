package attack

import (
	rbacv1 "k8s.io/api/rbac/v1"

	"holdfast.dev/holdfast/internal/model"
)

// Everything is the object of Admin.
func Everything() model.ID { return model.ID{} }

// Nodes is a node, with "" every one.
func Nodes(name string) model.ID { return model.ID{Kind: "Node", Name: name} }

// Namespaces is a namespace, with "" every one.
func Namespaces(name string) model.ID { return model.ID{Kind: "Namespace", Name: name} }

// In names objects of the core group: with name "" all of a namespace, with
// namespace "" those of every namespace.
func In(namespace, kind, name string) model.ID {
	return model.ID{Kind: kind, Namespace: namespace, Name: name}
}

// Accounts is a service account; see In.
func Accounts(namespace, name string) model.ID { return In(namespace, rbacv1.ServiceAccountKind, name) }

// Users is a user, with "" every one.
func Users(name string) model.ID {
	return model.ID{Group: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: name}
}

// Groups is whoever is in a group, with "" in any.
func Groups(name string) model.ID {
	return model.ID{Group: rbacv1.GroupName, Kind: rbacv1.GroupKind, Name: name}
}

// Of names objects of any group.
func Of(group, kind, namespace, name string) model.ID {
	return model.ID{Group: group, Kind: kind, Namespace: namespace, Name: name}
}

// Target says in words what a fact is about: "every Node", "Secret shop/db", "every
// Pod of shop".
func Target(f model.Fact) string {
	o := f.Object
	switch {
	case o.Kind == "":
		return "the cluster"
	case o.Name == "" && o.Namespace == "":
		return "every " + o.Kind
	case o.Name == "":
		return "every " + o.Kind + " of " + o.Namespace
	case o.Namespace == "":
		return o.Kind + " " + o.Name
	default:
		return o.Kind + " " + o.Namespace + "/" + o.Name
	}
}

// Scope says where a fact counts: "cluster", or "namespace/shop".
func Scope(f model.Fact) string {
	switch {
	case f.Object.Namespace != "":
		return "namespace/" + f.Object.Namespace
	case f.Object.Kind == "Namespace" && f.Object.Name != "":
		return "namespace/" + f.Object.Name
	default:
		return "cluster"
	}
}

// Through is the field whose evidence begins that of the identity, or the node, which
// a step to Admin goes through.
const Through = model.Path("metadata.name")

// Own is the evidence of a step for what its subject has itself: not that of whom it
// goes through.
func Own(step *model.Step) []model.Evidence {
	for i := range step.Evidence {
		if step.Evidence[i].Path == Through {
			return step.Evidence[:i]
		}
	}
	return step.Evidence
}
