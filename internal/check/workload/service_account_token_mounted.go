package workload

import (
	"cmp"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// ServiceAccountTokenMounted fails workloads whose pods get a token that nobody asked
// for.
func ServiceAccountTokenMounted() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "service-account-token-mounted",
			Title:    "Pods hold a service account token that nothing shows a need for",
			Layer:    model.LayerWorkload,
			Severity: model.Medium,
			Rationale: "The token stands in the file system of every container. Whoever gets code execution or a file read in one of " +
				"them speaks to the API server as the workload, with all the rights that its account has now or gets later.",
			Remediation: "Set automountServiceAccountToken: false in the pod spec, or on the ServiceAccount. Where the application does " +
				"call the API, give it an account of its own with a role, or say automountServiceAccountToken: true in the pod " +
				"spec.",
			References: []model.Reference{model.CIS("5.1.6"), model.NSA("Authentication and authorization"), model.MITRE("T1528"), model.Docs("tasks/configure-pod-container/configure-service-account/#opt-out-of-api-credential-automounting")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			if w.Static() {
				c.Skip()
				return
			}
			token, known := w.Automount(c.View)
			account := w.ServiceAccount()
			if !known || !token.Mounted || account != "default" && (token.Value != nil || bound(c, account)) {
				return
			}
			reason := "nobody asked for it"
			switch {
			case token.Value != nil:
				reason = "every pod of the namespace shares that account"
			case account != "default":
				reason = "no role was found for it"
				if !asSupplied(c, rbacv1.GroupName, "RoleBinding", "") || !asSupplied(c, rbacv1.GroupName, "ClusterRoleBinding", "") {
					return
				}
			}
			c.Fail("", "the token of service account %s is mounted in every container; %s", account, reason).
				In(token.Object, token.Path, token.Value).
				Fix(2, "Do not mount the token", check.Set(c.Object, w.Path+".automountServiceAccountToken", false))
		},
	}
}

// accounts holds the service accounts that a role is bound to by name, as
// namespace/name: evidence that they are meant to call the API.
var accounts = snapshot.Memo[struct{}, map[string]bool]{Name: "check.workload.accounts", Compute: func(v *snapshot.View, _ struct{}) map[string]bool {
	found := map[string]bool{}
	for _, object := range v.Objects(snapshot.GroupKind{Group: rbacv1.GroupName, Kind: "RoleBinding"}, "") {
		if binding, err := kinds.RoleBindings.Read(object); err == nil {
			addAccounts(found, binding.Subjects, object.Namespace)
		}
	}
	for _, object := range v.Objects(snapshot.GroupKind{Group: rbacv1.GroupName, Kind: "ClusterRoleBinding"}, "") {
		if binding, err := kinds.ClusterRoleBindings.Read(object); err == nil {
			addAccounts(found, binding.Subjects, "")
		}
	}
	return found
}}

func addAccounts(found map[string]bool, subjects []rbacv1.Subject, namespace string) {
	for _, subject := range subjects {
		if subject.Kind == rbacv1.ServiceAccountKind {
			found[cmp.Or(subject.Namespace, namespace)+"/"+subject.Name] = true
		} else if name, ok := strings.CutPrefix(subject.Name, "system:serviceaccount:"); ok && subject.Kind == rbacv1.UserKind {
			found[strings.Replace(name, ":", "/", 1)] = true
		}
	}
}

func bound(c *check.Case, account string) bool {
	return accounts.Of(c.View, struct{}{})[c.Object.Namespace+"/"+account]
}
