package rbac

import (
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/component-helpers/auth/rbac/validation"
)

// Covers reports whether who has the owner's rules has those of sub as well, and
// lists what of sub is missing, each with one verb, group, resource and name, or one
// verb and URL. It is the question that the API server asks before it lets someone
// write a role without escalate, or bind one without bind: ConfirmNoEscalation of
// pkg/registry/rbac/validation/rule.go. The answer is that of the official Covers
// (k8s.io/component-helpers/auth/rbac/validation), which alone decides; here only the
// rules are picked that can matter to it, so that a hundred thousand rules take a
// second rather than hours.
//
// What is covered is allowed; what is not may be allowed all the same: words are
// compared, so "get" on every resource that there is does not cover "get" on "*".
// Only of a rule of more than a million parts less is said than could be: it is
// missing as it stands unless a single rule of the owner covers it.
func Covers(owner, sub []rbacv1.PolicyRule) (covered bool, missing []rbacv1.PolicyRule) {
	index := newCoverIndex(owner)
	for i := range sub {
		if index.same(&sub[i]) {
			continue
		}
		if countParts(&sub[i]) > mostParts {
			if !index.coveredByOne(&sub[i]) {
				missing = append(missing, sub[i])
			}
			continue
		}
		for part := range parts(&sub[i]) {
			if ok, _ := validation.Covers(index.candidates(&part), []rbacv1.PolicyRule{part}); !ok {
				missing = append(missing, part)
			}
		}
	}
	return len(missing) == 0, missing
}

// A rule of many verbs, many resources and many names has more parts than memory
// holds, whoever wrote it.
const (
	mostIndexed = 4096    // rules of an owner with more parts are always candidates
	mostParts   = 1 << 20 // rules with more are not taken apart
)

// coverKey is a part of a rule, with what it names of it.
type coverKey struct {
	kind                        keyKind
	verb, group, resource, name string // of a URL: verb, and the URL as resource
}

type keyKind uint8

const (
	anyName keyKind = iota
	oneName
	exactURL
	prefixURL // without the asterisks
)

// coverIndex finds the rules of an owner that can cover a part.
type coverIndex struct {
	rules []rbacv1.PolicyRule
	first map[coverKey]int // the first rule that has it: another one adds nothing
	ends  []int            // the lengths of prefixes of URLs: a URL can be long
	wide  []rbacv1.PolicyRule
	whole map[string]bool // by ruleKey
}

func newCoverIndex(rules []rbacv1.PolicyRule) *coverIndex {
	x := &coverIndex{rules: rules, first: map[coverKey]int{}, whole: make(map[string]bool, len(rules))}
	for i := range rules {
		rule := &rules[i]
		key := ruleKey(rule)
		if x.whole[key] {
			continue
		}
		x.whole[key] = true
		if countParts(rule) > mostIndexed {
			x.wide = append(x.wide, *rule)
			continue
		}
		for part := range parts(rule) {
			x.add(&part, i)
		}
	}
	return x
}

func (x *coverIndex) add(part *rbacv1.PolicyRule, rule int) {
	key := keyOfPart(part)
	if key.kind == exactURL && len(x.rules[rule].ResourceNames) > 0 {
		return // a rule with names covers no URL
	}
	if _, ok := x.first[key]; !ok {
		x.first[key] = rule
	}
	if prefix, ok := strings.CutSuffix(key.resource, "*"); ok && key.kind == exactURL {
		key.kind, key.resource = prefixURL, strings.TrimRight(prefix, "*")
		if !slices.Contains(x.ends, len(key.resource)) {
			x.ends = append(x.ends, len(key.resource))
		}
		if _, ok := x.first[key]; !ok {
			x.first[key] = rule
		}
	}
}

// same reports whether the owner has the very rule. One with names and URLs, which
// the API server refuses, does not cover itself.
func (x *coverIndex) same(rule *rbacv1.PolicyRule) bool {
	return (len(rule.ResourceNames) == 0 || len(rule.NonResourceURLs) == 0) && x.whole[ruleKey(rule)]
}

// coveredByOne reports whether a single rule covers all parts of another. What it
// names of each field counts by itself, so it is enough to try its words in turn.
func (x *coverIndex) coveredByOne(rule *rbacv1.PolicyRule) bool {
	turns := inTurn(rule)
	return slices.ContainsFunc(x.rules, func(owner rbacv1.PolicyRule) bool {
		for i := range turns {
			if ok, _ := validation.Covers([]rbacv1.PolicyRule{owner}, turns[i:i+1]); !ok {
				return false
			}
		}
		return true
	})
}

// candidates are the rules of which one covers the part if any rule does.
func (x *coverIndex) candidates(part *rbacv1.PolicyRule) []rbacv1.PolicyRule {
	found := x.wide[:len(x.wide):len(x.wide)]
	take := func(key coverKey) {
		if at, ok := x.first[key]; ok {
			found = append(found, x.rules[at])
		}
	}
	key := keyOfPart(part)
	for _, verb := range []string{key.verb, rbacv1.VerbAll} {
		if key.kind == exactURL {
			take(coverKey{kind: exactURL, verb: verb, resource: key.resource})
			for _, end := range x.ends {
				if end <= len(key.resource) {
					take(coverKey{kind: prefixURL, verb: verb, resource: key.resource[:end]})
				}
			}
			continue
		}
		for _, group := range []string{key.group, rbacv1.APIGroupAll} {
			for _, resource := range resourcesCovering(key.resource) {
				take(coverKey{kind: anyName, verb: verb, group: group, resource: resource})
				if key.kind == oneName {
					take(coverKey{kind: oneName, verb: verb, group: group, resource: resource, name: key.name})
				}
			}
		}
	}
	return found
}

func resourcesCovering(resource string) []string {
	if _, subresource, ok := strings.Cut(resource, "/"); ok {
		return []string{resource, rbacv1.ResourceAll, "*/" + subresource}
	}
	return []string{resource, rbacv1.ResourceAll}
}

func keyOfPart(part *rbacv1.PolicyRule) coverKey {
	if len(part.NonResourceURLs) > 0 {
		return coverKey{kind: exactURL, verb: part.Verbs[0], resource: part.NonResourceURLs[0]}
	}
	key := coverKey{verb: part.Verbs[0], group: part.APIGroups[0], resource: part.Resources[0]}
	if len(part.ResourceNames) > 0 {
		key.kind, key.name = oneName, part.ResourceNames[0]
	}
	return key
}
