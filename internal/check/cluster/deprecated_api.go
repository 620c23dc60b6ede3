package cluster

import (
	"fmt"

	"holdfast.dev/holdfast/internal/analysis/apiversion"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// DeprecatedAPI fails objects of an API version that a later version of Kubernetes
// will not serve.
func DeprecatedAPI() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "deprecated-api",
			Title:    "API version is deprecated",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "It still works, and stops with an upgrade: what was not changed by then blocks the upgrade, with the security fixes " +
				"that come with it.",
			Remediation: "Write the API version that replaces it; kubectl convert does so, and the deprecation guide names the fields that differ.",
			References:  []model.Reference{model.CWE("CWE-477"), model.Docs("reference/using-api/deprecation-guide/")},
		},
		On: check.AllKinds(),
		Run: func(c *check.Case) {
			l, ok := lifecycle(c)
			version := c.Settings().Version
			if !ok || l.Deprecated == 0 || !version.AtLeast(l.Deprecated) || l.Removed > 0 && version.AtLeast(l.Removed) {
				return // what is gone already is for another control
			}
			severity, end, instead := model.Info, "", ""
			if l.Removed > 0 {
				severity, end = model.Low, fmt.Sprintf(" and is gone in 1.%d", l.Removed)
				if version.AtLeast(l.Removed - 1) {
					severity = model.Medium // the next upgrade
				}
			}
			if l.Replacement != "" {
				instead = ": use " + l.Replacement
			}
			written := c.Object.Origin.APIVersion
			failure := c.Fail("", "%s %s is deprecated since Kubernetes 1.%d%s%s", written, c.Object.Kind, l.Deprecated, end, instead).
				Severity(severity).At("apiVersion", written)
			if _, broken := c.Object.Body.(snapshot.Undecodable); l.Alike && !broken {
				failure.Fix(1, "Write "+l.Replacement, check.Set(c.Object, "apiVersion", l.Replacement))
			}
		},
	}
}

// lifecycle returns what becomes of the API version that the object is written in.
// It does not apply to objects that no file holds: the API server shows them in
// whichever version is asked for.
func lifecycle(c *check.Case) (apiversion.Lifecycle, bool) {
	switch {
	case c.Object.Origin == nil || c.Object.Origin.APIVersion == "":
		c.Skip()
		return apiversion.Lifecycle{}, false
	case c.Settings().Version.IsZero():
		c.Unknown()
		return apiversion.Lifecycle{}, false
	}
	return apiversion.Of(c.Object.Origin.APIVersion, c.Object.Kind)
}
