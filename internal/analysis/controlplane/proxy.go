package controlplane

import (
	"cmp"

	"sigs.k8s.io/yaml"

	"holdfast.dev/holdfast/internal/model"
	"holdfast.dev/holdfast/internal/snapshot"
	"holdfast.dev/holdfast/internal/snapshot/kinds"
)

// proxyField is the one field of kube-proxy's file that matters.
const proxyField = "metricsBindAddress"

// ProxyConfig is the configuration file of kube-proxy, as an object of its own or as
// the text in the ConfigMap that kubeadm keeps it in. File is nil when it is not
// understood.
type ProxyConfig struct {
	File    *kinds.KubeProxy
	Metrics Setting    // where kube-proxy serves its metrics
	Text    model.Path // of the text within a ConfigMap; "" for an object
}

// ProxyConfigOf returns the configuration of kube-proxy that an object is; ok is
// false when it is something else.
func ProxyConfigOf(object *snapshot.Object) (config ProxyConfig, ok bool) {
	switch {
	case object.Kind == "KubeProxyConfiguration":
		if file, err := kinds.KubeProxies.Read(object); err == nil {
			config.File = file
		}
	case isProxyConfigMap(object):
		config.Text = model.Path("data").Child("config.conf")
		config.File = proxyFile(object)
	default:
		return ProxyConfig{}, false
	}
	if config.File != nil {
		config.Metrics = config.metrics(object)
	}
	return config, true
}

func proxyFile(object *snapshot.Object) *kinds.KubeProxy {
	config, err := kinds.ConfigMaps.Read(object)
	if err != nil {
		return nil
	}
	file := &kinds.KubeProxy{}
	if text, ok := config.Data["config.conf"]; !ok || yaml.Unmarshal([]byte(text), file) != nil {
		return nil
	}
	return file
}

func (p *ProxyConfig) metrics(object *snapshot.Object) Setting {
	byDefault, _ := defaultOf(Proxy, "metrics-bind-address", snapshot.Version{})
	s := Setting{
		Name: proxyField, Value: cmp.Or(p.File.MetricsBindAddress, byDefault), Known: true, Object: object, Path: proxyField,
		Written: p.File.MetricsBindAddress != "", Text: p.File.MetricsBindAddress,
	}
	if p.Text == "" {
		s.patch = func(value any) model.Patch { return set(object, proxyField, value) }
		return s
	}
	s.Path = p.Text
	if s.Written {
		s.Text = proxyField + ": " + s.Value
	}
	return s
}

func isProxyConfigMap(object *snapshot.Object) bool {
	return object.Kind == "ConfigMap" && object.Name == "kube-proxy" && object.Namespace == "kube-system"
}

// JudgedElsewhere reports a kube-proxy that has a file and nothing else, where the
// ConfigMap that kubeadm keeps the file in is part of the snapshot.
func (c *Component) JudgedElsewhere(v *snapshot.View) bool {
	if c.Program != Proxy || !c.written("config") {
		return false
	}
	_, presence := v.Find(model.ID{Cluster: v.Settings().Cluster, Kind: "ConfigMap", Namespace: "kube-system", Name: "kube-proxy"})
	return presence == snapshot.Present
}
