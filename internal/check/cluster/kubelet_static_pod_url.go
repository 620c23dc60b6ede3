package cluster

import (
	"strings"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// KubeletStaticPodURL fails kubelets that take pods from a URL: high without
// TLS.
func KubeletStaticPodURL() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "kubelet-static-pod-url",
			Title:    "Kubelet runs pods that it fetches from a URL",
			Layer:    model.LayerCluster,
			Severity: model.Medium,
			Rationale: "Whoever answers at the URL starts privileged pods on the node, past the API server, its admission and its audit " +
				"log. Over http that is anybody on the way.",
			Remediation: "Remove staticPodURL (--manifest-url), and place static pods in the folder of staticPodPath.",
			References:  []model.Reference{model.MITRE("T1610"), model.CWE("CWE-494"), model.Docs("tasks/configure-pod-container/static-pod/#pods-created-via-http")},
		},
		On:   controlplane.KubeletKinds(),
		Only: &configuring,
		Run: eachKubelet(controlplane.KubeletSetting{
			Flag: "manifest-url", Field: "staticPodURL",
			Value: func(k *kubeletFile) string { return k.StaticPodURL },
		}, func(k kubelet, s controlplane.Setting) {
			if s.Value == "" {
				return
			}
			failure := k.fail(s, "runs whatever pods the URL answers")
			if !strings.HasPrefix(s.Value, "https://") {
				failure.Severity(model.High)
			}
		}),
	}
}
