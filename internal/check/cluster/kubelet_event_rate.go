package cluster

import (
	"strconv"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// KubeletEventRate fails kubelets that send fewer than five events in a
// second, or any number.
func KubeletEventRate() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "kubelet-event-rate",
			Title:    "Kubelet drops events, or sends any number of them",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "Events say what happens on a node. At a few in a second a kubelet drops those that matter in a busy moment; " +
				"without a limit it can flood the API server with them.",
			Remediation: "Remove eventRecordQPS (--event-qps): the default is 50 in a second.",
			References:  []model.Reference{model.CIS("4.2.8"), model.CWE("CWE-778"), model.Docs("reference/config-api/kubelet-config.v1beta1/")},
		},
		On:   controlplane.KubeletKinds(),
		Only: &configuring,
		Run: eachKubelet(controlplane.KubeletSetting{
			Flag: "event-qps", Field: "eventRecordQPS",
			Value: func(k *kubeletFile) string { return eventRate(k) },
		}, func(k kubelet, s controlplane.Setting) {
			switch rate, err := strconv.Atoi(s.Value); {
			case err != nil:
				k.c.Unknown()
			case rate == 0:
				fix(k.fail(s, "sends any number of events"), s, 1, 50)
			case rate < 5:
				fix(k.fail(s, "drops events"), s, 1, 50)
			}
		}),
	}
}

func eventRate(k *kubeletFile) string {
	if k.EventRecordQPS == nil {
		return "50"
	}
	return strconv.Itoa(int(*k.EventRecordQPS))
}
