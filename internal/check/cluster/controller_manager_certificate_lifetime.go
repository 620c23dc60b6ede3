package cluster

import (
	"time"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// ControllerManagerCertificateLifetime fails controller managers that sign
// certificates which live for more than a year.
func ControllerManagerCertificateLifetime() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "controller-manager-certificate-lifetime",
			Title:    "Controller manager signs certificates for more than a year",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "Kubernetes does not check whether a client certificate was revoked. Who copies the key of one that is valid for " +
				"ten years has access for ten years.",
			Remediation: "Leave --cluster-signing-duration at its default of one year, or shorten it; kubelets renew their certificates by " +
				"themselves.",
			References: []model.Reference{model.CWE("CWE-324"), model.MITRE("T1552.004"), model.Docs("reference/command-line-tools-reference/kube-controller-manager/")},
		},
		On:   controlplane.Kinds(),
		Only: &configuring,
		Run: eachComponent(controlplane.ControllerManager, func(s subject) {
			for _, flag := range []string{"cluster-signing-duration", "experimental-cluster-signing-duration"} {
				f, ok := s.known(flag)
				if !ok || f.Value == "" {
					continue
				}
				if d, ok := duration(s.c, f); ok && d > 366*24*time.Hour {
					fix(s.failKey(s.Name+" "+flag, f, "signs certificates for more than a year"), f, 1, "8760h0m0s")
				}
			}
		}),
	}
}
