package cluster

import (
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"holdfast.dev/holdfast/internal/analysis/rbac"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// RBACWildcard fails roles with rules that name everything.
func RBACWildcard() check.Check {
	return check.Check{
		Control: model.Control{
			ID:          "rbac-wildcard",
			Title:       "Role has wildcards",
			Layer:       model.LayerCluster,
			Severity:    model.Medium,
			Rationale:   "A wildcard gives what nobody thought of, and whatever a later version or an operator adds: new verbs, new subresources such as exec, new kinds.",
			Remediation: "Name the verbs and resources that are used; holdfast rbac least --from-audit finds them.",
			References: []model.Reference{
				model.CIS("5.1.3"), model.NSA("Authentication and authorization"), model.MITRE("T1078"), model.CWE("CWE-250"), model.Docs("concepts/security/rbac-good-practices/"),
			},
		},
		On: roleKinds(),
		Run: func(c *check.Case) {
			rules, ok := rulesOf(c)
			switch {
			case !ok:
				return
			case rbac.IsStock(c.Object):
				c.Skip()
				return
			}
			failWildcards(c, rules)
		},
	}
}

func failWildcards(c *check.Case, rules []rbacv1.PolicyRule) {
	words := map[string]bool{}
	var paths []model.Path
	var values []string
	for i := range rules {
		for _, list := range []struct {
			name   string
			values []string
		}{{"verbs", rules[i].Verbs}, {"resources", rules[i].Resources}, {"apiGroups", rules[i].APIGroups}, {"nonResourceURLs", rules[i].NonResourceURLs}} {
			// apiGroups alone says nothing: the resources are named.
			at := slices.Index(list.values, rbacv1.VerbAll)
			if at < 0 || list.name == "apiGroups" && !slices.Contains(rules[i].Resources, rbacv1.ResourceAll) {
				continue
			}
			words[list.name] = true
			paths = append(paths, model.Path("rules").Index(i).Child(list.name).Index(at))
			values = append(values, list.values[at])
		}
	}
	if len(paths) == 0 {
		return
	}
	var named []string
	for _, word := range []string{"verbs", "resources", "apiGroups", "nonResourceURLs"} {
		if words[word] {
			named = append(named, word)
		}
	}
	failure := c.Fail("", "%s %s has * for %s", c.Object.Kind, c.Object.Name, strings.Join(named, " and "))
	for i := range paths {
		failure.At(paths[i], values[i])
	}
}
