package workload

import (
	"strings"

	"holdfast.dev/holdfast/internal/analysis/workload"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// GitRepoVolume fails volumes of the type gitRepo.
func GitRepoVolume() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "git-repo-volume",
			Title:    "Volume clones a git repository on the node",
			Layer:    model.LayerWorkload,
			Severity: model.High,
			Rationale: "The kubelet runs git as root on the node, outside of any container: hooks of a repository that somebody prepared " +
				"run there too (CVE-2024-10220). The type is deprecated, and since Kubernetes 1.33 off by default.",
			Remediation: "Clone in an init container into an emptyDir, or mount the files as an image volume.",
			References:  []model.Reference{model.MITRE("T1611"), model.CWE("CWE-829"), model.Docs("concepts/storage/volumes/#gitrepo")},
		},
		On: workload.Kinds(),
		Run: func(c *check.Case) {
			w := c.Workload()
			for i := range w.Spec.Volumes {
				volume := &w.Spec.Volumes[i]
				if volume.GitRepo == nil {
					continue
				}
				path := (w.Path + ".volumes").Index(i) + ".gitRepo"
				failure := c.Fail(volume.Name, "volume %s has the kubelet run git", volume.Name).At(path+".repository", withoutUser(volume.GitRepo.Repository))
				if c.Settings().Version.AtLeast(33) {
					failure.Severity(model.Medium)
				}
			}
		},
	}
}

// withoutUser drops the user and the password of a URL.
func withoutUser(url string) string {
	scheme, rest, ok := strings.Cut(url, "://")
	if at := strings.LastIndexByte(rest, '@'); ok && at >= 0 {
		return scheme + "://" + rest[at+1:]
	}
	return url
}
