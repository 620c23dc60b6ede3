package rbac

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"
)

func rulesOf(t testing.TB, text string) []rbacv1.PolicyRule {
	t.Helper()
	var rules []rbacv1.PolicyRule
	if err := yaml.UnmarshalStrict([]byte(text), &rules); err != nil {
		t.Fatal(err)
	}
	return rules
}

func TestCovers(t *testing.T) {
	const read = `[{apiGroups: ["", apps], resources: [pods, pods/log], verbs: [get, list]}]`
	for _, test := range []struct {
		owner, sub string
		missing    []string
	}{
		{read, `[]`, nil},
		{read, read, nil},
		{read, `[{apiGroups: [""], resources: [pods], verbs: [get]}]`, nil},
		{read, `[{apiGroups: [""], resources: [pods, secrets], verbs: [get, create]}]`, []string{"create /pods", "get /secrets", "create /secrets"}},
		{read, `[{apiGroups: [""], resources: [pods], resourceNames: [a], verbs: [get]}]`, nil},
		{read, `[{apiGroups: ["*"], resources: [pods], verbs: [get]}]`, []string{"get */pods"}},
		{`[{apiGroups: [""], resources: [pods], verbs: [get]}, {apiGroups: [""], resources: [pods], verbs: [list]}]`, `[{apiGroups: [""], resources: [pods], verbs: [get, list]}]`, nil},
		{`[{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]`, read, nil},
		{`[{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]`, `[{nonResourceURLs: [/metrics], verbs: [get]}]`, []string{"get /metrics"}},
		{`[{apiGroups: [""], resources: ["*/exec"], verbs: [create]}]`, `[{apiGroups: [""], resources: [pods/exec], verbs: [create]}]`, nil},
		{`[{apiGroups: [""], resources: ["pods/*"], verbs: [create]}]`, `[{apiGroups: [""], resources: [pods/exec], verbs: [create]}]`, []string{"create /pods/exec"}},
		{`[{apiGroups: [""], resources: [pods], resourceNames: [a, b], verbs: [get]}]`, `[{apiGroups: [""], resources: [pods], resourceNames: [b, c], verbs: [get]}]`, []string{"get /pods c"}},
		{`[{apiGroups: [""], resources: [pods], resourceNames: [a], verbs: [get]}]`, `[{apiGroups: [""], resources: [pods], verbs: [get]}]`, []string{"get /pods"}},
		{`[{nonResourceURLs: [/healthz/*], verbs: [get]}]`, `[{nonResourceURLs: [/healthz/etcd, /healthz], verbs: [get]}]`, []string{"get /healthz"}},
		{`[{nonResourceURLs: ["*"], verbs: ["*"]}]`, `[{nonResourceURLs: [/a, "/b/*", ""], verbs: [get, "*"]}]`, nil},
		{`[{nonResourceURLs: [/a], resourceNames: [x], verbs: [get]}]`, `[{nonResourceURLs: [/a], resourceNames: [x], verbs: [get]}]`, []string{"get /a"}},
		{`[{apiGroups: [""], resources: [pods]}]`, `[{}, {apiGroups: [""], resources: [pods]}, {verbs: [get]}]`, nil}, // they allow nothing
	} {
		covered, missing := Covers(rulesOf(t, test.owner), rulesOf(t, test.sub))
		var got []string
		for i := range missing {
			got = append(got, part(&missing[i]))
		}
		if !slices.Equal(got, test.missing) || covered != (len(got) == 0) {
			t.Errorf("%s\n%s\nlacks %q, want %q", test.owner, test.sub, got, test.missing)
		}
	}
}

func part(r *rbacv1.PolicyRule) string {
	if len(r.NonResourceURLs) > 0 {
		return r.Verbs[0] + " " + r.NonResourceURLs[0]
	}
	text := r.Verbs[0] + " " + r.APIGroups[0] + "/" + r.Resources[0]
	if len(r.ResourceNames) > 0 {
		text += " " + r.ResourceNames[0]
	}
	return text
}

// manyRules are rules of which no two are alike.
func manyRules(count int, verb string) []rbacv1.PolicyRule {
	rules := make([]rbacv1.PolicyRule, count)
	for i := range rules {
		rules[i] = rbacv1.PolicyRule{Verbs: []string{verb}, APIGroups: []string{""}, Resources: []string{"pods"}, ResourceNames: []string{fmt.Sprint(i)}}
	}
	return rules
}

func wide(count int) []rbacv1.PolicyRule {
	var words []string
	for i := range count {
		words = append(words, fmt.Sprint(i))
	}
	return []rbacv1.PolicyRule{{Verbs: words, APIGroups: []string{""}, Resources: words, ResourceNames: words}}
}

// longURLs are URLs of up to a million characters.
func longURLs(end string) []rbacv1.PolicyRule {
	rule := rbacv1.PolicyRule{Verbs: []string{"get"}}
	for i := range 100 {
		rule.NonResourceURLs = append(rule.NonResourceURLs, "/"+strings.Repeat("x", (i+1)*10_000)+end)
	}
	return []rbacv1.PolicyRule{rule}
}

// A hundred thousand rules, and rules with a hundred million parts, are no trouble.
func TestCoversOfManyRulesIsFast(t *testing.T) {
	for name, test := range map[string]struct {
		owner, sub []rbacv1.PolicyRule
		missing    int
	}{
		"different":   {manyRules(100_000, "*"), manyRules(100_000, "get"), 0},
		"not covered": {manyRules(100_000, "list"), manyRules(100_000, "get"), 100_000},
		"wide owner":  {wide(500), []rbacv1.PolicyRule{{Verbs: []string{"7", "get"}, APIGroups: []string{""}, Resources: []string{"8"}, ResourceNames: []string{"9"}}}, 1},
		"the same":    {wide(500), wide(500), 0},
		"wide sub":    {wide(499), wide(500), 1},
		"wider owner": {append(manyRules(1000, "x"), wide(501)...), wide(500), 0},
		"long URL":    {longURLs("*"), longURLs(""), 0},
		"everything":  {[]rbacv1.PolicyRule{{Verbs: []string{"*"}, APIGroups: []string{"*"}, Resources: []string{"*"}}}, wide(500), 0},
	} {
		start := time.Now()
		_, missing := Covers(test.owner, test.sub)
		if took := time.Since(start); took > 10*time.Second || len(missing) != test.missing {
			t.Errorf("%s: %v, %d missing", name, took, len(missing))
		}
	}
}

func BenchmarkCovers(b *testing.B) {
	for name, rules := range map[string][2][]rbacv1.PolicyRule{
		"admin": {someRules(5), someRules(11)}, "100000": {manyRules(100_000, "*"), manyRules(100_000, "get")},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Covers(rules[0], rules[1])
			}
		})
	}
}
