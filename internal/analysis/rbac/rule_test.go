package rbac

import (
	"fmt"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
)

func TestRuleText(t *testing.T) {
	many := make([]string, 100_000)
	for i := range many {
		many[i] = fmt.Sprint("kind-", i)
	}
	for want, rule := range map[string]rbacv1.PolicyRule{
		`get, list of pods`: {Verbs: []string{"get", "list"}, APIGroups: []string{""}, Resources: []string{"pods"}},
		`* of pods, deployments in "", apps named web`: {
			Verbs: []string{"*"}, APIGroups: []string{"", "apps"}, Resources: []string{"pods", "deployments"}, ResourceNames: []string{"web"},
		},
		`get of /metrics`:       {Verbs: []string{"get"}, NonResourceURLs: []string{"/metrics"}},
		` of  in `:              {},
		`get of kind-0, kind-1`: {Verbs: []string{"get"}, APIGroups: []string{""}, Resources: many},
	} {
		got := RuleText(&rule)
		if len(rule.Resources) == len(many) {
			if !strings.HasPrefix(got, want) || !strings.HasSuffix(got, "...") || len(got) > longestRule+3 {
				t.Errorf("%q", got)
			}
			continue
		}
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
