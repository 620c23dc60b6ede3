package data

import (
	"maps"
	"slices"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// SecretSharedByWorkloads fails Secrets that many workloads of different accounts
// hold.
func SecretSharedByWorkloads() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "secret-shared-by-workloads",
			Title:    "Many workloads hold the same Secret",
			Layer:    model.LayerData,
			Severity: model.Info,
			Rationale: "Each of them is a way to the credential, none of them can be told from the others where it is used, and changing it " +
				"means changing all of them at once.",
			Remediation: "Give each workload a credential of its own with the rights it needs, or an identity that needs none (workload identity).",
			References:  []model.Reference{model.CWE("CWE-272"), model.MITRE("T1552.007"), model.Docs("concepts/security/secrets-good-practices/")},
		},
		On: []string{"Secret"},
		Run: func(c *check.Case) {
			if secretOf(c) == nil {
				return
			}
			holders, accounts := map[*snapshot.Object]use{}, map[string]bool{}
			for _, u := range workloadUses.Of(c.View, c.Object.Namespace)[c.Object.Name] {
				if _, again := holders[u.object]; !u.pull && !again {
					holders[u.object] = u
					accounts[u.account] = true
				}
			}
			if len(holders) < 5 || len(accounts) < 2 {
				if !workload.Complete(c.View, c.Object.Namespace) {
					c.Unknown()
				}
				return
			}
			failure := c.Fail("", "%d workloads under %d service accounts hold it", len(holders), len(accounts)).At("metadata.name", c.Object.Name)
			byName := slices.SortedFunc(maps.Values(holders), func(a, b use) int { return a.object.ID.Compare(b.object.ID) })
			for _, u := range byName[:3] {
				failure.In(u.object, u.path, c.Object.Name)
			}
		},
	}
}
