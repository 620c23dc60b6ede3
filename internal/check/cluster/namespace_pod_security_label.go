package cluster

import (
	"strings"

	"holdfast.dev/holdfast/internal/analysis/podsecurity"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// NamespacePodSecurityLabel fails namespaces with Pod Security labels that are
// misspelt.
func NamespacePodSecurityLabel() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "namespace-pod-security-label",
			Title:    "Pod Security label is misspelt",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "Labels with another key are ignored: the namespace looks protected and admits everything. A level or version " +
				"that does not exist makes the API server refuse the namespace.",
			Remediation: "Write pod-security.kubernetes.io/enforce, audit or warn with privileged, baseline or restricted, and the -version labels with latest or v1.N, as labels of the namespace.",
			References:  []model.Reference{model.CIS("5.2.1"), model.CWE("CWE-1164"), model.Docs("concepts/security/pod-security-admission/#pod-security-admission-labels-for-namespaces")},
		},
		On: []string{"Namespace"},
		Run: func(c *check.Case) {
			ns := namespace(c)
			if ns == nil {
				return
			}
			applies := false
			for key, value := range ns.Labels {
				if !strings.Contains(key, "pod-security") && !strings.Contains(key, "podsecurity") {
					continue
				}
				if mode, ok := podSecurityMode(key); ok {
					applies = true
					judgeMode(c, key, mode, value)
				} else if _, mode, ok := strings.Cut(key, "/"); ok && knownMode(mode) {
					applies = true
					c.Fail(key, "label %s has no effect: it is called %s", key, podsecurity.LabelPrefix+mode).At(label(key), value).
						Fix(3, "Write the label's right name", check.Remove(c.Object, label(key)), check.Set(c.Object, label(podsecurity.LabelPrefix+mode), value))
				}
			}
			for key, value := range ns.Annotations {
				if mode, ok := podSecurityMode(key); ok && knownMode(mode) {
					applies = true
					c.Fail("annotation "+key, "%s is an annotation and has no effect: it must be a label", key).At(model.Path("metadata.annotations").Child(key), value)
				}
			}
			if !applies {
				c.Skip()
			}
		},
	}
}

func judgeMode(c *check.Case, key, mode, value string) {
	switch {
	case !knownMode(mode):
		c.Fail(key, "there is no label %s: it has no effect", key).At(label(key), value)
	case strings.HasSuffix(mode, "-version"):
		if !knownVersion(value) {
			c.Fail(key, "%q is no version: write latest or v1.N", value).Severity(model.Low).At(label(key), value)
		}
	case podsecurity.Strictness(value) < 0:
		c.Fail(key, "%q is no level: write privileged, baseline or restricted", value).Severity(model.Low).At(label(key), value)
	}
}

func knownMode(mode string) bool {
	switch mode {
	case "enforce", "audit", "warn", "enforce-version", "audit-version", "warn-version":
		return true
	default:
		return false
	}
}

func knownVersion(value string) bool {
	_, err := snapshot.ParseVersion(value)
	return value == "latest" || err == nil && strings.HasPrefix(value, "v1.") && strings.Count(value, ".") == 1
}
