package cluster

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// RemovedAPI fails objects of an API version that the target version of Kubernetes
// does not serve.
func RemovedAPI() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "removed-api",
			Title:    "API version is no longer served",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "The object cannot be applied any more: a restore, a new cluster or the next change of it fails, at the worst " +
				"when it was to bring a fix; and a guard that cannot be applied guards nothing.",
			Remediation: "Move to the version that replaced it; kubectl convert helps. Look for fields that changed their meaning.",
			References:  []model.Reference{model.CWE("CWE-477"), model.Docs("reference/using-api/deprecation-guide/")},
		},
		On: check.AllKinds(),
		Run: func(c *check.Case) {
			l, ok := lifecycle(c)
			if !ok || l.Removed == 0 || !c.Settings().Version.AtLeast(l.Removed) {
				return
			}
			instead := ""
			if l.Replacement != "" {
				instead = ": use " + l.Replacement
			}
			written := c.Object.Origin.APIVersion
			failure := c.Fail("", "%s %s is gone since Kubernetes 1.%d%s", written, c.Object.Kind, l.Removed, instead).At("apiVersion", written)
			if _, broken := c.Object.Body.(snapshot.Undecodable); l.Alike && !broken {
				failure.Fix(1, "Write "+l.Replacement, check.Set(c.Object, "apiVersion", l.Replacement))
			}
		},
	}
}
