package rbac_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/component-helpers/auth/rbac/validation"
	upstream "k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac"

	"holdfast.dev/holdfast/internal/analysis/rbac"
)

const pairs = 200_000

// Covers says of 200,000 pairs of rules what the official one does, and lists the
// same parts as missing.
func TestCoversAgreesWithTheOfficialOne(t *testing.T) {
	covered := 0
	for i := range pairs {
		g := &generator{rand.New(rand.NewPCG(uint64(i), 3))}
		owner := g.rules()
		sub := g.narrowed(owner)
		want, missing := validation.Covers(owner, sub)
		got, lacking := rbac.Covers(owner, sub)
		if got != want || len(lacking) != len(missing) || len(missing) > 0 && !reflect.DeepEqual(lacking, missing) {
			t.Fatalf("pair %d: %v covers %v: ours %t %v, the official %t %v", i, owner, sub, got, lacking, want, missing)
		}
		if want && allowsSomething(sub) {
			covered++
		}
	}
	t.Logf("%d pairs, %d of them covered", pairs, covered)
	if covered < pairs/20 || covered > pairs*9/10 {
		t.Errorf("%d of %d pairs are covered: the test proves little", covered, pairs)
	}
}

// What covered rules allow, the authorizer allows by the owner's rules.
func TestCoveredRulesAllowNothingNew(t *testing.T) {
	allowed := 0
	for i := range pairs {
		g := &generator{rand.New(rand.NewPCG(uint64(i), 4))}
		owner := g.rules()
		sub := g.narrowed(owner)
		if ok, _ := rbac.Covers(owner, sub); !ok {
			continue
		}
		for range 5 {
			who, r := g.identity(), g.request()
			g.follow(&who, &r, []rbacv1.Subject{{Kind: "User", Name: "jane"}}, sub, "one")
			if !upstream.RulesAllow(attributes(who, r), sub...) {
				continue
			}
			allowed++
			if !upstream.RulesAllow(attributes(who, r), owner...) {
				t.Fatalf("pair %d: %v covers %v, and only the latter allows %+v", i, owner, sub, r)
			}
		}
	}
	t.Logf("%d requests that covered rules allow", allowed)
	if allowed < pairs/50 {
		t.Error("the test proves little")
	}
}

// narrowed makes rules out of others: some as they are, some with less, some with
// more.
func (g *generator) narrowed(owner []rbacv1.PolicyRule) []rbacv1.PolicyRule {
	var rules []rbacv1.PolicyRule
	for _, rule := range owner {
		switch g.IntN(5) {
		case 0:
			rules = append(rules, rule)
		case 1, 2:
			rule.Verbs, rule.Resources = g.fewer(rule.Verbs, "get"), g.fewer(rule.Resources, g.one([]string{"pods", "pods/exec", "nodes/exec"}))
			rule.NonResourceURLs = g.fewer(rule.NonResourceURLs, "/healthz/"+fmt.Sprint(g.IntN(3)))
			if len(rule.ResourceNames) == 0 && g.IntN(2) == 0 {
				rule.ResourceNames = []string{"a"}
			}
			rules = append(rules, rule)
		}
	}
	if len(rules) == 0 || g.IntN(6) == 0 {
		rules = append(rules, g.rules()...)
	}
	return rules
}

// fewer is one of the words, or now and then another in the place of a wildcard.
func (g *generator) fewer(words []string, instead string) []string {
	if len(words) == 0 {
		return nil
	}
	word := g.one(words)
	if word == "*" && g.IntN(3) > 0 {
		word = instead
	}
	return []string{word}
}

func allowsSomething(rules []rbacv1.PolicyRule) bool {
	for i := range rules {
		if len(validation.BreakdownRule(rules[i])) > 0 {
			return true
		}
	}
	return false
}
