package cluster

import (
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// ControlPlaneAlphaFeatures fails programs that are told to use all features
// of a stage.
func ControlPlaneAlphaFeatures() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "control-plane-alpha-features",
			Title:    "Unfinished features are all turned on",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "AllAlpha turns on every feature that is still being tried out, with what each of them opens, and so does AllBeta " +
				"for those that are off by default. The set changes with each release, and nobody reviews it.",
			Remediation: "Name the gates that are needed one by one in --feature-gates (featureGates in the file of a kubelet).",
			References:  []model.Reference{model.CWE("CWE-1188"), model.Docs("reference/command-line-tools-reference/feature-gates/")},
		},
		On:   gateKinds(),
		Only: &configuring,
		Run: gatesMustNot(func(gate gate) (model.Severity, string) {
			switch gate.name {
			case "AllAlpha":
				return model.Medium, unless(!gate.on, "uses every alpha feature")
			case "AllBeta":
				return model.Low, unless(!gate.on, "uses every beta feature")
			}
			return 0, ""
		}),
	}
}
