package workload

import (
	"strings"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// Tiller fails workloads that run the server of Helm 2.
func Tiller() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "tiller",
			Title:    "Tiller, the server of Helm 2, is running",
			Layer:    model.LayerWorkload,
			Severity: model.High,
			Rationale: "Tiller applies whatever anyone who can reach its port sends, with rights that are usually those of " +
				"cluster-admin. It has had no releases since 2020.",
			Remediation: "Move the releases to Helm 3 or later (helm-2to3), then delete Tiller, its service account and its role bindings.",
			References:  []model.Reference{model.MITRE("T1610"), model.CWE("CWE-306"), model.CWE("CWE-1104")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			for use := range images(c.Workload()) {
				_, rest := splitImage(use.image)
				if name := repository(rest); name == "tiller" || strings.HasSuffix(name, "/tiller") {
					c.Fail(use.key, "%s runs %s", use.what(), use.image).In(use.object, use.path(), use.image)
				}
			}
		},
	}
}
