package cluster

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// gate is one feature gate as it is set.
type gate struct {
	name    string
	on      bool
	version snapshot.Version
}

// judgeGates judges each feature gate that a program is given. verdict returns what
// the program does because of it, "" when that is fine.
func (s subject) judgeGates(verdict func(gate) (severity model.Severity, does string)) {
	items, known := s.Items("feature-gates")
	if !known {
		s.c.Unknown()
	}
	for _, item := range items {
		name, value, _ := strings.Cut(item.Value, "=")
		on, err := strconv.ParseBool(value)
		if err != nil {
			s.c.Unknown()
			continue
		}
		if severity, does := verdict(gate{name: name, on: on, version: s.Version}); does != "" {
			s.failKey(s.Name+" "+name, item, "%s", does).Severity(severity)
		}
	}
}

// unless returns a text if a condition does not hold.
func unless(condition bool, text string) string {
	if condition {
		return ""
	}
	return text
}

// gateKinds are what feature gates are configured in.
func gateKinds() []string {
	return append(controlplane.Kinds(), "kubelet.config.k8s.io/KubeletConfiguration", "kubeproxy.config.k8s.io/KubeProxyConfiguration",
		"kubeadm.k8s.io/InitConfiguration", "kubeadm.k8s.io/JoinConfiguration")
}

// gatesMustNot judges the feature gates of every program, in flags and in files.
func gatesMustNot(verdict func(gate) (severity model.Severity, does string)) func(*check.Case) {
	return func(c *check.Case) {
		gates, path := gatesOfFile(c)
		found := controlplane.Of(c.View, c.Object)
		if gates == nil && len(found) == 0 && !isGateFile(c.Object.Kind) {
			c.Skip()
			return
		}
		for _, name := range slices.Sorted(maps.Keys(gates)) {
			if severity, does := verdict(gate{name: name, on: gates[name], version: c.Settings().Version}); does != "" {
				at, value := path.Child(name), strconv.FormatBool(gates[name])
				if c.Object.Kind == "ConfigMap" {
					at, value = path, fmt.Sprintf("featureGates.%s: %s", name, value)
				}
				c.Fail(name, "%s %s: the gate %s is %t", ownerOfGates(c.Object.Kind), does, name, gates[name]).At(at, value).Severity(severity)
			}
		}
		for i := range found {
			subject{Component: &found[i], c: c}.judgeGates(verdict)
		}
	}
}

func ownerOfGates(kind string) string {
	if kind == "KubeProxyConfiguration" {
		return "kube-proxy"
	}
	return "the kubelet"
}

func isGateFile(kind string) bool {
	return kind == "KubeletConfiguration" || kind == "KubeProxyConfiguration"
}

// gatesOfFile reads the feature gates of a configuration file.
func gatesOfFile(c *check.Case) (gates map[string]bool, path model.Path) {
	switch c.Object.Kind {
	case "KubeletConfiguration":
		if config, err := kinds.KubeletConfigurations.Read(c.Object); err == nil {
			return config.FeatureGates, "featureGates"
		}
		c.Unknown()
	case "KubeProxyConfiguration":
		if config, err := kinds.KubeProxies.Read(c.Object); err == nil {
			return config.FeatureGates, "featureGates"
		}
		c.Unknown()
	case "ConfigMap":
		configs, unknown := controlplane.Kubelets(c.View, c.Object)
		if unknown {
			c.Unknown()
		}
		for _, config := range configs {
			return config.File.FeatureGates, "data.kubelet"
		}
	}
	return nil, ""
}
