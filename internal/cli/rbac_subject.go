package cli

import (
	"fmt"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"holdfast.dev/holdfast/internal/analysis/rbac"
)

// parseSubject reads a subject as commands take it: user:NAME, group:NAME,
// serviceaccount:NAMESPACE/NAME or sa:NAMESPACE/NAME, or
// system:serviceaccount:NAMESPACE:NAME. A user of such a name is the service account.
func parseSubject(text string) (rbac.Subject, error) {
	kind, name, ok := strings.Cut(text, ":")
	if strings.HasPrefix(text, "system:serviceaccount:") {
		kind, name, ok = "user", text, true
	}
	if ok && name != "" {
		switch strings.ToLower(kind) {
		case "user", "u":
			subject := rbac.Subject{Kind: rbacv1.UserKind, Name: name}
			account := subject.Canonical()
			if text == name && account == subject {
				return subject, fmt.Errorf("%q is no service account: write system:serviceaccount:NAMESPACE:NAME", text)
			}
			return account, nil
		case "group", "g":
			return rbac.Subject{Kind: rbacv1.GroupKind, Name: name}, nil
		case "serviceaccount", "sa":
			namespace, name, ok := strings.Cut(name, "/")
			if !ok || namespace == "" || name == "" || strings.Contains(name, "/") {
				return rbac.Subject{}, fmt.Errorf("%q is no service account: write serviceaccount:NAMESPACE/NAME", text)
			}
			return rbac.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: name}, nil
		}
	}
	return rbac.Subject{}, fmt.Errorf("%q is no subject: write user:NAME, group:NAME or serviceaccount:NAMESPACE/NAME", text)
}
