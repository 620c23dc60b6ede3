package rbac

import (
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
)

// longestRule is how much of a rule is shown as evidence, in bytes: rules with
// thousands of words exist.
const longestRule = 160

// RuleText writes a rule in one line: "get, list of pods, deployments.apps named
// web", or "get of /metrics". What is longer than evidence may be ends in "...".
func RuleText(rule *rbacv1.PolicyRule) string {
	b := &line{}
	b.list(rule.Verbs)
	b.add(" of ")
	if len(rule.NonResourceURLs) > 0 {
		b.list(rule.NonResourceURLs)
		return b.text.String()
	}
	b.list(rule.Resources)
	if len(rule.APIGroups) != 1 || rule.APIGroups[0] != "" {
		b.add(" in ")
		b.list(rule.APIGroups)
	}
	if len(rule.ResourceNames) > 0 {
		b.add(" named ")
		b.list(rule.ResourceNames)
	}
	return b.text.String()
}

// line is text that stops growing.
type line struct {
	text strings.Builder
	full bool
}

func (l *line) add(text string) {
	switch {
	case l.full:
	case l.text.Len()+len(text) > longestRule:
		l.full = true
		l.text.WriteString("...")
	default:
		l.text.WriteString(text)
	}
}

func (l *line) list(words []string) {
	for i, word := range words {
		if l.full {
			return
		}
		if i > 0 {
			l.add(", ")
		}
		if word == "" {
			word = `""`
		}
		l.add(word)
	}
}
