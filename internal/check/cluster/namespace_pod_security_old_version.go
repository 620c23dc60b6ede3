package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/podsecurity"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
)

// NamespacePodSecurityOldVersion fails namespaces that are held to rules from before
// a flaw in them was mended.
func NamespacePodSecurityOldVersion() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "namespace-pod-security-old-version",
			Title:    "Namespace is held to an old version of the Pod Security Standards",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "Rules that were added later do not apply: since 1.34 the baseline level refuses probes and hooks that point at " +
				"other hosts, with which a pod makes the kubelet send requests for it.",
			Remediation: "Raise enforce-version to the cluster's version, or set it to latest.",
			References:  []model.Reference{model.CIS("5.2.1"), model.Docs("concepts/security/pod-security-admission/#pod-security-admission-labels-for-namespaces")},
		},
		On: []string{"Namespace"},
		Run: func(c *check.Case) {
			ns := namespace(c)
			if ns == nil {
				return
			}
			const key = podsecurity.LabelPrefix + "enforce-version"
			level, pinned := ns.Labels[podsecurity.LabelPrefix+"enforce"], ns.Labels[key]
			version, err := snapshot.ParseVersion(pinned)
			if err != nil || podsecurity.Strictness(level) < 1 {
				c.Skip()
				return
			}
			if missed := stricterSince(level, version, c.Settings().Version); missed > 0 {
				c.Fail("", "the %s level of %s lacks what 1.%d added", level, pinned, missed).At(label(key), pinned).
					Fix(2, "Use the newest rules", check.Set(c.Object, label(key), "latest"))
			}
		},
	}
}

// stricterSince returns the newest minor version, of those after version and not
// after upTo, that added a rule to a level; 0 when there is none. See the
// MinimumVersion of the checks in k8s.io/pod-security-admission/policy; those that
// relax a rule are left out.
func stricterSince(level string, version, upTo snapshot.Version) int {
	stricter := []int{34, 19}
	if level == "restricted" {
		stricter = []int{35, 34, 23, 22, 19, 8}
	}
	for _, minor := range stricter {
		if upTo.AtLeast(minor) && !version.AtLeast(minor) {
			return minor
		}
	}
	return 0
}
