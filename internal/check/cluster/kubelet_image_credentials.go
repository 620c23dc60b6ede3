package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// KubeletImageCredentials fails kubelets that never ask for credentials of
// images which are there.
func KubeletImageCredentials() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "kubelet-image-credentials",
			Title:    "Pods may use private images without their credentials",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "Once one pod has pulled a private image with its credentials, every pod of the node may run it by name: another " +
				"tenant reads what is in it.",
			Remediation: "Remove imagePullCredentialsVerificationPolicy: NeverVerify; the default checks credentials of images that the " +
				"kubelet pulled.",
			References: []model.Reference{model.CWE("CWE-862"), model.Reference{Catalogue: "KEP", ID: "2535"}, model.Docs("concepts/containers/images/#ensureimagepullcredentialverification")},
		},
		On:   controlplane.KubeletKinds(),
		Only: &configuring,
		Run: eachKubelet(controlplane.KubeletSetting{
			Flag: "", Field: "imagePullCredentialsVerificationPolicy",
			Value: func(k *kubeletFile) string { return string(k.ImagePullCredentialsVerificationPolicy) },
		}, func(k kubelet, s controlplane.Setting) {
			if s.Value == "NeverVerify" {
				fix(k.fail(s, "lets pods use private images that others have pulled"), s, 1, "NeverVerifyPreloadedImages")
			} else if !k.c.Settings().Version.AtLeast(35) {
				k.c.Skip() // kubelets did not ask yet
			}
		}),
	}
}
