package cluster

import (
	"strconv"
	"strings"

	kubeletv1beta1 "k8s.io/kubelet/config/v1beta1"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
)

// kubelet is one configuration of kubelets before a check.
type kubelet struct {
	*controlplane.KubeletConfig
	c *check.Case
}

// kubeletFile is what a KubeletConfiguration decodes to.
type kubeletFile = kubeletv1beta1.KubeletConfiguration

// eachKubelet judges a setting wherever an object configures kubelets.
func eachKubelet(setting controlplane.KubeletSetting, judge func(kubelet, controlplane.Setting)) func(*check.Case) {
	return func(c *check.Case) {
		judged := false
		configs, unknown := controlplane.Kubelets(c.View, c.Object)
		for i := range configs {
			k := kubelet{KubeletConfig: &configs[i], c: c}
			s, applies := k.Setting(setting)
			if !applies {
				continue
			}
			judged = true
			if s.Known {
				judge(k, s)
			}
			if !s.Known || k.Component != nil && k.Component.Opaque() {
				c.Unknown()
			}
		}
		if unknown {
			c.Unknown()
		} else if !judged {
			c.Skip()
		}
	}
}

func (k kubelet) fail(s controlplane.Setting, does string) check.Failure {
	name := k.Name
	if name == "" {
		name = "the kubelet"
	}
	return k.c.Fail(k.Name, "%s %s: %s", name, does, state(s)).In(s.Object, s.Path, s.Text)
}

// kubeletMustBe demands a value of a setting.
func kubeletMustBe(setting controlplane.KubeletSetting, value any, effort int, does string) func(*check.Case) {
	want := check.Text(value)
	return eachKubelet(setting, func(k kubelet, s controlplane.Setting) {
		if !s.Is(want) {
			fix(k.fail(s, does), s, effort, value)
		}
	})
}

// orDefault renders a field that is a pointer to a boolean, with its default.
func orDefault(field *bool, value bool) string {
	if field != nil {
		value = *field
	}
	return strconv.FormatBool(value)
}

func joined(list []string) string { return strings.Join(list, ",") }
