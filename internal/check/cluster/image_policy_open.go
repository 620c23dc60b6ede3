package cluster

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// ImagePolicyOpen fails configurations of ImagePolicyWebhook that let images
// pass when it fails.
func ImagePolicyOpen() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "image-policy-open",
			Title:    "Images are admitted when the image policy cannot be asked",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "With defaultAllow, images run unchecked whenever the backend does not answer. Who can slow it down or cut it off " +
				"runs any image.",
			Remediation: "Set defaultAllow: false for the plugin ImagePolicyWebhook, and run its backend redundantly.",
			References:  []model.Reference{model.CIS("5.5.1"), model.CWE("CWE-636"), model.Docs("reference/access-authn-authz/admission-controllers/#imagepolicywebhook")},
		},
		On: admissionConfigKinds(),
		Run: judgePlugin("ImagePolicyWebhook", func(c *check.Case, config *imagePolicyConfig, path model.Path) {
			if config.ImagePolicy.DefaultAllow {
				c.Fail("", "images are admitted when the image policy cannot be asked").At(path+".imagePolicy.defaultAllow", true).
					Fix(2, "Set defaultAllow to false", check.Set(c.Object, path+".imagePolicy.defaultAllow", false))
			}
		}),
	}
}

// imagePolicyConfig is the configuration of the plugin ImagePolicyWebhook.
type imagePolicyConfig struct {
	ImagePolicy struct {
		DefaultAllow bool `json:"defaultAllow"`
	} `json:"imagePolicy"`
}
