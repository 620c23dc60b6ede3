// Package rbac answers who may do what, as the API server's RBAC authorizer
// decides it, with the objects and rules that decide as evidence. It follows
// plugin/pkg/auth/authorizer/rbac and pkg/registry/rbac/validation of
// k8s.io/kubernetes v1.36; the module test/rbac compares the two.
//
// The Node authorizer is asked as well; webhooks are not, and what is denied here
// they may still allow.
package rbac

import (
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apiserver/pkg/authentication/serviceaccount"
	"k8s.io/apiserver/pkg/authentication/user"
)

// Subject is a user, a group or a service account: whom RBAC gives rights to.
// Kind is one of rbacv1.UserKind, GroupKind and ServiceAccountKind; only a service
// account has a Namespace.
type Subject struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
}

// String renders the subject as "User jane" or "ServiceAccount shop/web".
func (s Subject) String() string {
	if s.Namespace != "" {
		return s.Kind + " " + s.Namespace + "/" + s.Name
	}
	return s.Kind + " " + s.Name
}

// Identity is what an authenticated request is judged by. User "" is nobody in
// particular: some member of the groups.
type Identity struct {
	User   string
	Groups []string
}

// Identities is the user name and the groups that the API server gives to who
// authenticates as the subject:
//
//   - A service account has the groups of all service accounts and of those of its
//     namespace (default, if a file names none), and so has the user of its name
//     (k8s.io/apiserver/pkg/authentication/serviceaccount).
//   - Everyone who authenticated is in system:authenticated, system:anonymous is in
//     system:unauthenticated instead
//     (k8s.io/apiserver/pkg/authentication/group and request/anonymous).
//   - The user of a node is in system:nodes: the signer of kubelets' certificates
//     demands it (pkg/apis/certificates/helpers.go).
//   - A group is a member of it of whom nothing else is known.
//
// Other groups that a certificate or a token gives a user are not known: ask for an
// Identity with Authorize.
func (s Subject) Identities() Identity {
	switch s.Kind {
	case rbacv1.ServiceAccountKind:
		return accountIdentity(named(s.Namespace), s.Name)
	case rbacv1.GroupKind:
		return Identity{Groups: groupsOfMember(s.Name)}
	case rbacv1.UserKind:
		if s.Name == user.Anonymous {
			return Identity{User: s.Name, Groups: []string{user.AllUnauthenticated}}
		}
		if namespace, name, err := serviceaccount.SplitUsername(s.Name); err == nil {
			return accountIdentity(namespace, name)
		}
		if strings.HasPrefix(s.Name, nodeUserPrefix) {
			return Identity{User: s.Name, Groups: []string{user.NodesGroup, user.AllAuthenticated}}
		}
		return Identity{User: s.Name, Groups: []string{user.AllAuthenticated}}
	default:
		return Identity{}
	}
}

func accountIdentity(namespace, name string) Identity {
	return Identity{
		User:   serviceaccount.MakeUsername(namespace, name),
		Groups: append(serviceaccount.MakeGroupNames(namespace), user.AllAuthenticated),
	}
}

// groupsOfMember are the groups that every member of a group is in.
func groupsOfMember(group string) []string {
	switch {
	case group == user.AllUnauthenticated || group == user.AllAuthenticated:
		return []string{group}
	case strings.HasPrefix(group, serviceaccount.ServiceAccountGroupPrefix):
		return []string{group, serviceaccount.AllServiceAccountsGroup, user.AllAuthenticated}
	default:
		return []string{group, user.AllAuthenticated}
	}
}

// who is a user (of a service account too) or a group: the key of the index.
type who struct {
	group bool
	name  string
}

// keys are the identity's entries in the index.
func (i Identity) keys() []who {
	keys := make([]who, 0, len(i.Groups)+1)
	if i.User != "" {
		keys = append(keys, who{name: i.User})
	}
	for _, group := range i.Groups {
		keys = append(keys, who{group: true, name: group})
	}
	return keys
}

// keyOf is whom a subject of a binding means, as appliesToUser of
// pkg/registry/rbac/validation/rule.go has it: kinds are compared exactly, API
// groups not at all, and a service account without namespace is one of the
// binding's. It reports false for a subject that means nobody.
func keyOf(subject *rbacv1.Subject, namespace string) (who, bool) {
	if !meansSomeone(subject, namespace) {
		return who{}, false
	}
	if subject.Kind == rbacv1.ServiceAccountKind {
		if subject.Namespace != "" {
			namespace = subject.Namespace
		}
		return who{name: serviceaccount.MakeUsername(namespace, subject.Name)}, true
	}
	return who{group: subject.Kind == rbacv1.GroupKind, name: subject.Name}, true
}

// meansSomeone reports whether a subject means anybody: see keyOf.
func meansSomeone(subject *rbacv1.Subject, namespace string) bool {
	switch subject.Kind {
	case rbacv1.UserKind:
		return subject.Name != ""
	case rbacv1.GroupKind:
		return true
	case rbacv1.ServiceAccountKind:
		return subject.Namespace != "" || namespace != ""
	default:
		return false
	}
}

// subjectOf is a binding's subject with its namespace written out.
func subjectOf(subject *rbacv1.Subject, namespace string) Subject {
	s := Subject{Kind: subject.Kind, Name: subject.Name}
	if subject.Kind == rbacv1.ServiceAccountKind {
		s.Namespace = namespace
		if subject.Namespace != "" {
			s.Namespace = subject.Namespace
		}
	}
	return s
}
