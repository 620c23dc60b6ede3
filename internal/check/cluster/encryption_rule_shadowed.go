package cluster

import (
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// EncryptionRuleShadowed fails rules whose resources an earlier rule takes.
func EncryptionRuleShadowed() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "encryption-rule-shadowed",
			Title:    "A rule for encryption at rest is never used",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "The first rule that covers a resource decides. A rule after a wildcard that covers the same resources looks like " +
				"protection and is none; recent API servers refuse such a file and do not start.",
			Remediation: "Put rules for single resources before those with wildcards.",
			References:  []model.Reference{model.CIS("1.2.28"), model.CWE("CWE-561"), model.Docs("tasks/administer-cluster/encrypt-data/")},
		},
		On: encryptionKinds(),
		Run: func(c *check.Case) {
			config, ok := encryptionConfig(c)
			if !ok {
				return
			}
			for i, rule := range config.Resources {
				for j, entry := range rule.Resources {
					for k := range i {
						if at := slices.IndexFunc(config.Resources[k].Resources, func(earlier string) bool { return masks(earlier, entry) }); at >= 0 {
							c.Fail(entry, "the rule for %s is never used: %s comes first", entry, config.Resources[k].Resources[at]).
								At((model.Path("resources").Index(i)+".resources").Index(j), entry).
								At((model.Path("resources").Index(k) + ".resources").Index(at), config.Resources[k].Resources[at])
							break
						}
					}
				}
			}
		},
	}
}

// masks reports whether an entry covers everything that a later one does.
func masks(earlier, later string) bool {
	if earlier == "*.*" || earlier == later {
		return true
	}
	group, wild := strings.CutPrefix(earlier, "*.")
	_, laterGroup, _ := strings.Cut(later, ".")
	return wild && group == laterGroup && later != "*.*"
}
