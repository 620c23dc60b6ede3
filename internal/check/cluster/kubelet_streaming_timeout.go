package cluster

import (
	"cmp"
	"time"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
)

// KubeletStreamingTimeout fails kubelets that keep idle sessions for more than
// four hours. In a file 0 is the default; as a flag it is no limit.
func KubeletStreamingTimeout() check.Check {
	return check.Check{
		Control: model.Control{
			ID:       "kubelet-streaming-timeout",
			Title:    "Sessions of exec and port-forward stay open for ever",
			Layer:    model.LayerCluster,
			Severity: model.Low,
			Rationale: "A shell or a tunnel into a pod that nobody uses any more stays open, and is there for who finds it. It also " +
				"keeps connections and processes of the node busy.",
			Remediation: "Remove --streaming-connection-idle-timeout=0. The default is four hours, which 0 means in a file; a few minutes " +
				"are better.",
			References: []model.Reference{model.CIS("4.2.5"), model.CWE("CWE-613"), model.Docs("reference/config-api/kubelet-config.v1beta1/")},
		},
		On:   controlplane.KubeletKinds(),
		Only: &configuring,
		Run: eachKubelet(controlplane.KubeletSetting{
			Flag: "streaming-connection-idle-timeout", Field: "streamingConnectionIdleTimeout",
			Value: func(k *kubeletFile) string {
				return cmp.Or(k.StreamingConnectionIdleTimeout.Duration, 4*time.Hour).String()
			},
		}, func(k kubelet, s controlplane.Setting) {
			if d, ok := duration(k.c, s); ok && (d <= 0 || d > 4*time.Hour) {
				fix(k.fail(s, "keeps idle sessions open"), s, 1, "5m0s")
			}
		}),
	}
}
