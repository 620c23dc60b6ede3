package cluster

import (
	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// APIServerAlwaysPullImages fails API servers that let pods use images which
// others pulled. From 1.35 on the kubelet asks for credentials by itself.
func APIServerAlwaysPullImages() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "api-server-always-pull-images",
			Title:    "Pods may use private images that others have pulled",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "Once a node holds a private image, every pod on that node may use it by name, without the credentials that it " +
				"was pulled with. It matters where tenants share nodes.",
			Remediation: "Add AlwaysPullImages to --enable-admission-plugins; or, from 1.35 on, rely on the kubelet's own check " +
				"(imagePullCredentialsVerificationPolicy). The registry must then be there whenever a pod starts.",
			References: []model.Reference{model.CIS("1.2.11"), model.CWE("CWE-862"), model.Docs("reference/access-authn-authz/admission-controllers/#alwayspullimages")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run: eachComponent(controlplane.APIServer, func(s subject) {
			if s.Version.AtLeast(35) {
				s.c.Skip() // kubelets verify credentials of images that are there (KEP-2535)
				return
			}
			s.mustAdmit("AlwaysPullImages", 3, "lets pods use images that others have pulled")
		}),
	}
}
