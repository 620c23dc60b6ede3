package cluster

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/analysis/controlplane"
	"holdfast.dev/holdfast/internal/check"
	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
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

// gateFile is a configuration file that sets feature gates.
type gateFile struct {
	program string
	gates   map[string]bool
	text    model.Path // of the text within a ConfigMap
}

// gatesMustNot judges the feature gates of every program, in flags and in files.
func gatesMustNot(verdict func(gate) (severity model.Severity, does string)) func(*check.Case) {
	return func(c *check.Case) {
		file, none := gatesOfFile(c)
		for _, name := range slices.Sorted(maps.Keys(file.gates)) {
			if severity, does := verdict(gate{name: name, on: file.gates[name], version: c.Settings().Version}); does != "" {
				file.fail(c, name, does).Severity(severity)
			}
		}
		found := controlplane.Of(c.View, c.Object)
		for i := range found {
			if !found[i].JudgedElsewhere(c.View) {
				none = false
				subject{Component: &found[i], c: c}.judgeGates(verdict)
			}
		}
		if none {
			c.Skip()
		}
	}
}

func (f gateFile) fail(c *check.Case, name, does string) check.Failure {
	path, value := model.Path("featureGates").Child(name), strconv.FormatBool(f.gates[name])
	if f.text != "" {
		path, value = f.text, string(path)+": "+value
	}
	return c.Fail(name, "%s %s: the gate %s is %t", f.program, does, name, f.gates[name]).At(path, value)
}

// gatesOfFile reads the feature gates of a configuration file; none is true when
// the object is no such file.
func gatesOfFile(c *check.Case) (file gateFile, none bool) {
	if proxy, ok := controlplane.ProxyConfigOf(c.Object); ok {
		if proxy.File == nil {
			c.Unknown()
			return gateFile{}, false
		}
		return gateFile{program: "kube-proxy", gates: proxy.File.FeatureGates, text: proxy.Text}, false
	}
	configs, unknown := controlplane.Kubelets(c.View, c.Object)
	if unknown {
		c.Unknown()
		return gateFile{}, false
	}
	for _, config := range configs {
		if config.File != nil {
			return gateFile{program: "the kubelet", gates: config.File.FeatureGates, text: config.Text}, false
		}
	}
	return gateFile{}, true
}
