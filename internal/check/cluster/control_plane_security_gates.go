package cluster

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// ControlPlaneSecurityGates fails programs with a gate that weakens them.
func ControlPlaneSecurityGates() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "control-plane-security-gates",
			Title:    "A feature gate takes a protection away",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "The gate turns off a check that Kubernetes does by default, or turns an old insecure behaviour on again. That " +
				"was meant for the time of an upgrade, and tends to stay.",
			Remediation: "Take the gate out of --feature-gates (featureGates in the file of a kubelet) and repair what needed it.",
			References:  []model.Reference{model.CWE("CWE-1188"), model.Docs("reference/command-line-tools-reference/feature-gates/")},
		},
		On:   gateKinds(),
		Only: &configuring,
		Run:  gatesMustNot(func(gate gate) (model.Severity, string) { return model.Medium, weakens(gate) }),
	}
}

// weakens says what a program does because of a gate. Gates that a release has
// locked or removed make it refuse to start, which weakens nothing.
func weakens(g gate) string {
	const last = 99
	for _, known := range []struct {
		name     string
		bad      bool // the value that weakens
		from, to int  // minor versions in which it can be set
		does     string
	}{
		{"AuthorizeNodeWithSelectors", false, 32, 33, "lets kubelets list the pods of other nodes"},
		{"AuthorizeWithSelectors", false, 32, 33, "does not use selectors to authorize"},
		{"AuthorizePodWebsocketUpgradeCreatePermission", false, 35, last, "lets who may get pods/exec open a shell"},
		{"ServiceAccountTokenNodeBindingValidation", false, 30, 31, "accepts tokens that are bound to nodes which are gone"},
		{"ServiceAccountNodeAudienceRestriction", false, 33, last, "lets kubelets ask for tokens of any audience"},
		{"KubeletEnsureSecretPulledImages", false, 35, last, "lets pods use private images without credentials"},
		{"UserNamespacesPodSecurityStandards", true, 29, 35, "relaxes the Pod Security Standards for pods in user namespaces"},
		{"KMSv1", true, 28, last, "uses the first version of the KMS protocol, which is slow and has no health check"},
		{"AllowInsecureKubeletCertificateSigningRequests", true, 31, last, "admits certificate requests of kubelets for any name"},
		{"AllowUnsafeMalformedObjectDeletion", true, 32, last, "lets objects be deleted that cannot be read, past their finalizers"},
		{"BoundServiceAccountTokenVolume", false, 20, 21, "gives pods tokens that never expire"},
		{"PodSecurity", false, 23, 24, "ignores the Pod Security labels of namespaces"},
	} {
		if known.name == g.name && known.bad == g.on && g.version.AtLeast(known.from) && !g.version.AtLeast(known.to+1) {
			return known.does
		}
	}
	return ""
}
