package rbac

import (
	"fmt"
	"strings"
	"testing"
)

// aggregated makes ClusterRoles "NAME label selector,selector verb", each of which
// allows its verb on pods, and binds jane to the first.
func aggregated(lines ...string) string {
	var b strings.Builder
	for _, line := range lines {
		words := strings.Fields(line)
		fmt.Fprintf(&b, "kind: ClusterRole\nmetadata: {name: %s, labels: {to: %q}}\n", words[0], words[1])
		if words[2] != "-" {
			var selectors []string
			for _, s := range strings.Split(words[2], ",") {
				selectors = append(selectors, fmt.Sprintf("{matchLabels: {to: %q}}", s))
			}
			fmt.Fprintf(&b, "aggregationRule: {clusterRoleSelectors: [%s]}\n", strings.Join(selectors, ", "))
		}
		if words[3] != "-" {
			fmt.Fprintf(&b, "rules: [{apiGroups: [\"\"], resources: [pods], verbs: [%s]}]\n", words[3])
		}
		b.WriteString("---\n")
	}
	fmt.Fprintf(&b, "kind: ClusterRoleBinding\nmetadata: {name: b}\nroleRef: {\"kind\": ClusterRole, name: %s}\nsubjects: [{\"kind\": User, name: jane}]\n", strings.Fields(lines[0])[0])
	return b.String()
}

func TestAggregation(t *testing.T) {
	for name, test := range map[string]struct {
		roles []string
		want  string // NAME:VERB of each rule
	}{
		"by label":               {[]string{"a x y -", "b y - get", "c z - list"}, "b:get"},
		"by each selector":       {[]string{"a x y,z -", "b z - get", "c y - list"}, "c:list b:get"},
		"by name within":         {[]string{"a x y -", "c y - get", "b y - list"}, "b:list c:get"},
		"of aggregated":          {[]string{"a x y -", "b y z -", "c z - get"}, "c:get"},
		"not of itself":          {[]string{"a x x -"}, ""},
		"a cycle":                {[]string{"a x y -", "b y x -", "c x - get"}, "c:get"},
		"a cycle with own rules": {[]string{"a x y get", "b y x list"}, "a:get b:list"},
		"a diamond":              {[]string{"a x y,z -", "b y w -", "c z w -", "d w - get"}, "d:get"},
		"already filled":         {[]string{"a x y get", "b y - get"}, "b:get"},
		"filled by what is gone": {[]string{"a x y get", "b y - list"}, "b:list a:get"},
		"nothing selected":       {[]string{"a x nothing get"}, "a:get"},
		"without a rule":         {[]string{"a x - get", "b x - list"}, "a:get"},
	} {
		rules, complete := Rules(policy(t, aggregated(test.roles...)), jane())
		var got []string
		for _, g := range rules {
			got = append(got, g.Source.Name+":"+g.Rule.Verbs[0])
			if g.Role.Name != "a" || g.RuleIndex != 0 {
				t.Errorf("%s: %+v", name, g)
			}
		}
		if strings.Join(got, " ") != test.want || !complete {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// An empty selector selects every role; one that cannot be parsed stops the
// controller, and the role stays as it is.
func TestSelectors(t *testing.T) {
	const text = `
kind: ClusterRole
metadata: {name: a}
aggregationRule: {clusterRoleSelectors: [%s]}
rules: []
---
kind: ClusterRole
metadata: {name: b, labels: {to: x}}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {"kind": ClusterRole, name: a}
subjects: [{"kind": User, name: jane}]
`
	for selectors, want := range map[string]Verdict{
		`{}`: Allows,
		`{matchExpressions: [{key: to, operator: In, values: [x, w]}]}`:   Allows,
		`{matchExpressions: [{key: to, operator: NotIn, values: [x]}]}`:   Denies,
		`{matchExpressions: [{key: other, operator: DoesNotExist}]}`:      Allows,
		`{}, {matchExpressions: [{key: to, operator: Like, values: []}]}`: Denies,
		``: Denies,
	} {
		if d := Allowed(policy(t, fmt.Sprintf(text, selectors)), jane(), request("get pods")); d.Verdict != want {
			t.Errorf("%s: %s", selectors, d.Verdict)
		}
	}
}
