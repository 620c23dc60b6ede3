package workload

import (
	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// LongTokenExpiry fails volumes that ask for a service account token of more than a day.
func LongTokenExpiry() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "long-token-expiry",
			Title:    "Projected service account token lives longer than a day",
			Layer:    model.LayerWorkload,
			Severity: model.Low,
			Rationale: "The kubelet renews the token in the volume by itself, so a long life serves no purpose but that of whoever " +
				"copies it: it stays valid for as long as the pod exists, up to this time.",
			Remediation: "Leave out expirationSeconds (one hour), or set at most 86400; the application must read the file again when it " +
				"changes.",
			References: []model.Reference{model.MITRE("T1528"), model.CWE("CWE-613"), model.Docs("tasks/configure-pod-container/configure-service-account/#serviceaccount-token-volume-projection")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			for i := range w.Spec.Volumes {
				volume := &w.Spec.Volumes[i]
				if volume.Projected == nil {
					continue
				}
				for j, source := range volume.Projected.Sources {
					token := source.ServiceAccountToken
					if token == nil || token.ExpirationSeconds == nil || *token.ExpirationSeconds <= 86400 {
						continue
					}
					path := ((w.Path + ".volumes").Index(i) + ".projected.sources").Index(j) + ".serviceAccountToken.expirationSeconds"
					c.Fail(volume.Name+"/"+token.Path, "the token %s of volume %s lives %d hours", token.Path, volume.Name, *token.ExpirationSeconds/3600).
						At(path, token.ExpirationSeconds).
						Fix(1, "Let the token live one hour", check.Set(c.Object, path, 3600))
				}
			}
		},
	}
}
