package techniques

import (
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apiserver/pkg/authentication/serviceaccount"
	"k8s.io/apiserver/pkg/authentication/user"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/attack"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// signs reports whether a permission on signers counts for one: by its name, or by
// that of its domain (IsAuthorizedForSignerName of pkg/certauthorization).
func signs(c *attack.Case, permission int, signer string) bool {
	domain, _, _ := strings.Cut(signer, "/")
	return c.On(permission, signer) || c.On(permission, domain+"/*")
}

// anyone says that the subject gets certificates of any user and of any group but
// system:masters: CertificateSubjectRestriction refuses those. Groups are listed one
// by one for that reason. Where the plugin is off everything is theirs.
func anyone(c *attack.Case, conditions ...string) {
	unrestricted(c, conditions)
	c.Yields(attack.Subject, attack.Users(""), conditions...)
	c.Yields(attack.Subject, attack.Accounts("", ""), conditions...)
	for _, group := range boundGroups.Of(c.View, struct{}{}) {
		c.Yields(attack.Subject, attack.Groups(group), conditions...)
	}
}

// unrestricted says that the subject gets everything where the plugin is off.
func unrestricted(c *attack.Case, conditions []string) {
	unknown := c.Unread(model.Scope{Kind: "Pod", Namespace: metav1.NamespaceSystem})
	for _, server := range controlplane.All(c.View, controlplane.APIServer) {
		plugin := server.Admission("CertificateSubjectRestriction")
		switch {
		case !plugin.Known:
			unknown = true
		case !plugin.On:
			c.Shown(attack.Admin, attack.Everything(), []model.Evidence{plugin.Object.Evidence(plugin.Path, plugin.Text)}, conditions...)
			return
		}
	}
	if unknown {
		const off = "the API server runs without the admission plugin CertificateSubjectRestriction; its arguments were not read"
		c.Perhaps(attack.Admin, attack.Everything(), append(slices.Clone(conditions), off)...)
	}
}

// boundGroups are the groups that bindings give rights to, but for those that have
// every member without a certificate and for system:masters.
var boundGroups = snapshot.Memo[struct{}, []string]{Name: "techniques.boundGroups", Compute: func(v *snapshot.View, _ struct{}) []string {
	found := map[string]bool{user.NodesGroup: true}
	take := func(subjects []rbacv1.Subject) {
		for i := range subjects {
			if subjects[i].Kind == rbacv1.GroupKind {
				found[subjects[i].Name] = true
			}
		}
	}
	cluster, _ := snapshot.List(v, kinds.ClusterRoleBindings, "")
	for _, binding := range cluster {
		take(binding.Subjects)
	}
	local, _ := snapshot.List(v, kinds.RoleBindings, "")
	for _, binding := range local {
		take(binding.Subjects)
	}
	var groups []string
	for group := range found {
		if !everybodys(group) && group != user.SystemPrivilegedGroup {
			groups = append(groups, group)
		}
	}
	slices.Sort(groups)
	return groups
}}

// everybodys reports groups that need no certificate.
func everybodys(group string) bool {
	return group == "" || group == user.AllAuthenticated || group == user.AllUnauthenticated ||
		strings.HasPrefix(group, serviceaccount.AllServiceAccountsGroup)
}
